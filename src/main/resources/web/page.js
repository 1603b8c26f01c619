"use strict";

// Processes choose their own names, so names are only ever inserted as text, never as markup.

const REFRESH_MILLIS = 2000;
const STEPS = 60;
const SVG = "http://www.w3.org/2000/svg";
const view = { sort: "total" };
let timer;
let latest = 0;

const element = (id) => document.getElementById(id);

function bytes(count) {
  const units = ["B", "kB", "MB", "GB", "TB", "PB"];
  let value = count;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  const digits = unit === 0 || value >= 99.95 ? 0 : 1;
  return `${value.toFixed(digits)} ${units[unit]}`;
}

const rate = (perSecond) => (perSecond < 0.5 ? "0" : `${bytes(perSecond)}/s`);

function since(seconds) {
  if (seconds < 120) return `${Math.floor(seconds)} s`;
  if (seconds < 7200) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 172800) return `${Math.floor(seconds / 3600)} h`;
  return `${Math.floor(seconds / 86400)} days`;
}

async function fetchData(path, parameters) {
  const response = await fetch(`${path}?${new URLSearchParams(parameters)}`);
  const answer = await response.json();
  if (answer.status !== "success") throw new Error(answer.error);
  return answer.data;
}

function cell(text, className) {
  const td = document.createElement("td");
  td.textContent = text;
  if (className) td.className = className;
  return td;
}

function namedCell(text, className, title) {
  const td = cell(text, className);
  td.title = title;
  return td;
}

/** A sparkline of received and sent bytes on one scale, with gaps where there is no data. */
function course(process) {
  const svg = document.createElementNS(SVG, "svg");
  const width = STEPS - 1;
  const height = 20;
  svg.setAttribute("class", "course");
  svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
  svg.setAttribute("preserveAspectRatio", "none");
  svg.setAttribute("aria-hidden", "true");
  const received = process.course.rx_bytes_per_second;
  const sent = process.course.tx_bytes_per_second;
  const top = Math.max(1, ...received, ...sent);
  for (const [name, values] of [["rx", received], ["tx", sent]]) {
    let d = "";
    let isDrawing = false;
    values.forEach((value, i) => {
      if (value !== null) {
        d += `${isDrawing ? "L" : "M"}${i} ${(height - 1 - (value / top) * (height - 2)).toFixed(2)}`;
      }
      isDrawing = value !== null;
    });
    const path = document.createElementNS(SVG, "path");
    path.setAttribute("class", name);
    path.setAttribute("d", d);
    svg.append(path);
  }
  return svg;
}

function row(process) {
  const tr = document.createElement("tr");
  const whole = process.rx_bytes + process.tx_bytes;
  const drawing = document.createElement("td");
  drawing.append(course(process));
  tr.append(
    cell(process.pid === 0 ? "" : process.pid, "number"),
    namedCell(process.comm, "name", process.exe || process.comm),
    namedCell(process.user, "text wide", process.user),
    namedCell(process.unit, "text wide", process.unit || process.container_id),
    cell(rate(process.rx_bytes_per_second), process.rx_bytes_per_second < 0.5 ? "number idle" : "number rx"),
    cell(rate(process.tx_bytes_per_second), process.tx_bytes_per_second < 0.5 ? "number idle" : "number tx"),
    drawing,
    namedCell(bytes(whole), "number wide", `${process.rx_bytes} bytes received, ${process.tx_bytes} sent`),
  );
  return tr;
}

function showProcesses(data) {
  element("rx").textContent = rate(data.rx_bytes_per_second);
  element("tx").textContent = rate(data.tx_bytes_per_second);
  const measured = Math.round(data.measured_seconds * 10) / 10;
  element("caption").textContent =
    `${data.processes.length} of ${data.matching_processes} processes, rates over the last ${measured} s`;
  element("processes").replaceChildren(...data.processes.map(row));
}

function captureState(ratio) {
  return ratio < 1 ? `capturing 1 in ${Math.round(1 / ratio)} packets` : "capturing";
}

function showStatus(status) {
  const health = element("health");
  const down = status.components.filter((component) => !component.up);
  health.className = status.ready ? "good" : "bad";
  health.textContent = status.ready ? captureState(status.sampling_ratio) : `not ready: ${status.not_ready_reason}`;
  element("ratio").textContent =
    status.attribution_ratio === undefined ? "–" : `${(Math.floor(status.attribution_ratio * 10000) / 100).toFixed(2)} %`;
  element("drops").textContent = status.capture.reduce((sum, one) => sum + one.dropped_packets, 0);
  element("uptime").textContent = since(status.uptime_seconds);
  element("missing").hidden = down.length === 0;
  element("missing").replaceChildren(
    ...down.map((component) => {
      const li = document.createElement("li");
      li.textContent = `${component.name} is down: ${component.lost}.`;
      return li;
    }),
  );
  element("unattributed").replaceChildren(
    ...status.unattributed
      .filter((one) => one.rx_bytes + one.tx_bytes > 0)
      .map((one) => {
        const tr = document.createElement("tr");
        tr.append(cell(one.reason), cell(bytes(one.rx_bytes), "number"), cell(bytes(one.tx_bytes), "number"));
        return tr;
      }),
  );
}

async function refresh() {
  clearTimeout(timer);
  latest += 1;
  const mine = latest;
  try {
    const [processes, status] = await Promise.all([
      fetchData("/api/v1/processes", {
        window: element("window").value,
        sort: view.sort,
        limit: element("limit").value,
        match: element("match").value,
        steps: STEPS,
      }),
      fetchData("/api/v1/status", {}),
    ]);
    if (mine !== latest) return; // Superseded by a newer request.
    showProcesses(processes);
    showStatus(status);
  } catch (failure) {
    if (mine !== latest) return;
    element("health").className = "bad";
    element("health").textContent = `request failed: ${failure.message}`;
  }
  schedule();
}

function schedule() {
  clearTimeout(timer);
  if (!element("paused").checked && !document.hidden) {
    timer = setTimeout(refresh, REFRESH_MILLIS);
  }
}

function sortBy(sort) {
  view.sort = sort;
  for (const button of document.querySelectorAll("[data-sort]")) {
    button.setAttribute("aria-pressed", String(button.dataset.sort === sort));
  }
}

function stored(theme) {
  try {
    if (theme) localStorage.setItem("theme", theme);
    return localStorage.getItem("theme");
  } catch {
    return theme; // Storage may be blocked; the choice then lasts until the page is closed.
  }
}

function showTheme(theme) {
  if (theme === "dark" || theme === "light") document.documentElement.dataset.theme = theme;
}

function isDark() {
  const chosen = document.documentElement.dataset.theme;
  return chosen ? chosen === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
}

showTheme(stored());
sortBy("total");
element("theme").addEventListener("click", () => {
  const theme = isDark() ? "light" : "dark";
  stored(theme);
  showTheme(theme);
});
for (const button of document.querySelectorAll("[data-sort]")) {
  button.addEventListener("click", () => {
    sortBy(button.dataset.sort);
    refresh();
  });
}
element("controls").addEventListener("submit", (event) => event.preventDefault());
element("controls").addEventListener("input", refresh);
document.addEventListener("visibilitychange", () => (document.hidden ? schedule() : refresh()));
refresh();

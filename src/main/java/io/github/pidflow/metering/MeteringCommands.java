package io.github.pidflow.metering;

import io.github.pidflow.accounting.TrafficSnapshot;
import io.github.pidflow.config.AccountingSettings;
import java.util.concurrent.CompletableFuture;

/** The commands of a {@link MeteringProxy}, as the metering thread carries them out. */
interface MeteringCommands {
  void onScrape(CompletableFuture<TrafficSnapshot> answer);

  void onSnapshot(CompletableFuture<TrafficSnapshot> answer);

  void onApply(AccountingSettings settings);
}

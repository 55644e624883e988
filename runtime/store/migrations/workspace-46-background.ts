/**
 * Operations of the background are few among those of people. Each second somebody asks whether one of these waits: they
 * have an index of their own, which costs the writes of people nothing.
 */
export const statements: readonly string[] = [
  `create index ix_operation_background on {ws}._operation (kind, id) where kind in ('backtest', 'rollup_check')`,
];

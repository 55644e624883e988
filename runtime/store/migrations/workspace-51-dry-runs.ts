/** Dry runs wait as the other operations of the background do, and are found along the same index. */
export const statements: readonly string[] = [
  `drop index {ws}.ix_operation_background`,
  `create index ix_operation_background on {ws}._operation (kind, id) where kind in ('backtest', 'dry_run', 'rollup_check')`,
];

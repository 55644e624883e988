/**
 * A mail that is marked before its final dot keeps all its places in the indexes: what such a mark writes, the lease, stands
 * in none. Rows have room to grow where they are.
 */
export const statements: readonly string[] = [
  `drop index if exists {ws}.ix_sending_lease`,
  `create index ix_sending_open on {ws}._sending (id) where status = 'sending'`,
  `alter table {ws}._sending set (fillfactor = 60)`,
];

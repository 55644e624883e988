/** Whom browsers of visitors were last known to be, where they have agreed to have an id. */
export const statements: readonly string[] = [
  `create table {ws}._device (device uuid primary key, entity text not null, record uuid not null, since timestamptz not null)`,
  `create index ix_device_record on {ws}._device (record)`,
];

/** Who somebody at a browser says that she is, by the form in which she said so: it waits until she confirms it. */
export const statements: readonly string[] = [
  `create table {ws}._device_claim (
     operation uuid primary key, device uuid not null, entity text not null, record uuid not null, at timestamptz not null)`,
  `create index ix_device_claim_record on {ws}._device_claim (record)`,
  `create index ix_device_claim_at on {ws}._device_claim (at)`,
];

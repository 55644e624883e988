/** How often it was tried to sign in: by account, network and device, each as a hash. */
export const statements: readonly string[] = [
  `create table trellis.sign_in_try (key text primary key, count integer not null, since timestamptz not null)`,
  `create index ix_sign_in_try_since on trellis.sign_in_try (since)`,
];

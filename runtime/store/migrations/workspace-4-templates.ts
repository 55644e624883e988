/** What templates need beside their texts: packages that were brought in, which records are samples, and undo. */
export const statements: readonly string[] = [
  // Packages from outside, as their files; the newest version of a name is in the gallery.
  `create table {ws}._package (
     name text not null, version text not null, files json not null, at timestamptz not null, by uuid,
     primary key (name, version))`,
  // Sample records by the anchor of their entity; \`key\` is what the package calls them.
  `create table {ws}._sample (
     template text not null, entity text not null, key text not null, record uuid primary key)`,
  `create index ix_sample_template on {ws}._sample (template, entity, key)`,
  // What a version made of \`_base\`: rows before and after.
  `alter table {ws}._version add column bases json`,
];

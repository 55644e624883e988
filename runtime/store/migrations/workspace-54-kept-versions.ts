/** By which version the runs of each version of a workflow go on; until now all of them went by the newest. */
export const statements: readonly string[] = [
  `alter table {ws}._workflow_version add column anchor text, add column follows integer`,
  `update {ws}._workflow_version v set anchor = v.body #>> '{meta,id}'`,
  `update {ws}._workflow_version v set follows = n.version
   from (select anchor, max(version) as version from {ws}._workflow_version group by anchor) n
   where n.anchor = v.anchor and v.version < n.version`,
  `alter table {ws}._workflow_version alter column anchor set not null`,
  `create index ix_workflow_version_anchor on {ws}._workflow_version (anchor, version)`,
];

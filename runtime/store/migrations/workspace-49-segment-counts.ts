/** How many came into each segment and went from it is counted beside what workflows count, under a name of its own. */
export const statements: readonly string[] = [
  `insert into {ws}._passage (id, workflow, counted, entered, exited, moments)
     select gen_random_uuid(), 'segment.', segment, count(*), 0, 0 from {ws}._segment_member group by segment`,
];

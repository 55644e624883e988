/** Who does not want a dashboard by mail, by its anchor. */
export const statements: readonly string[] = [
  `create table {ws}._dashboard_left (dashboard text, person uuid, primary key (dashboard, person))`,
];

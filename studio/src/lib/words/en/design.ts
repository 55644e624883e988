/** The words of the designers: entities, views, layouts, roles, changes. */
export const design = {} as const;

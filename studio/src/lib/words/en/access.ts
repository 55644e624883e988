/** The words of why somebody may do something with a record, and why not. */
export const access = {
  access: {
    ask: "Why, and why not",
    title: (what: string) => `Who may do what with ${what}`,
    person: "Person",
    hint: "Choose somebody, and read what she may do with this record, and why she may not do the rest.",
    sees: (who: string) => `${who} sees this record.`,
    seesNot: (who: string) => `${who} does not see this record.`,
    inactive: (who: string) => `${who} is not active: nothing opens to her.`,
    noRole: "She has no role.",
    ownedBy: (who: string) => `The owner of this record is ${who}.`,
    scopes: {
      none: "none of these records",
      own: "records that she owns",
      team: "records of her team and of her reports",
      below: "records of those below her",
      queue: "records in a queue of hers",
      all: "all records",
    },
    where: (condition: string) => `records where ${condition}`,
    or: ", or ",
    ofThese: "; of these, ",
    unsaid: "by a condition that you may not read",
    hidden: "hidden",
    fixed: "read only",
    why: (field: string) => `Why can I not change ${field}?`,
  },
} as const;

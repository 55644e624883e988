/** The words of what has happened to a record: known kinds of facts by their types, and what else there is to say of one. */
export const facts = {
  factTitles: {
    "form.submitted": "Filled in a form",
    "page.visited": "Visited a page",
    "mail.sent": "Was sent a mail",
    "mail.opened": "Opened a mail",
    "mail.clicked": "Clicked a link in a mail",
    "mail.bounced": "A mail came back",
    "mail.complained": "Complained about a mail",
    "mail.replied": "Replied to a mail",
    "mail.received": "Wrote a mail",
    "consent.granted": "Gave consent",
    "consent.confirmed": "Confirmed consent",
    "consent.withdrawn": "Withdrew consent",
    "survey.answered": "Answered a survey",
    "survey.changed": "Changed an answer to a survey",
    "score.crossed": "Crossed a score",
    "segment.entered": "Entered a segment",
    "segment.left": "Left a segment",
  },
  factFrom: (source: string) => `told by ${source}`,
} as const;

/** The words of what has come through a workflow, and of how people begin one. */
export const running = {
  cameThrough: (entered: string, left: string) => `${entered} came in, ${left} went on`,
  stayedFor: (span: string) => `${span} each on average`,
  leftBy: (percent: string) => `${percent} of those that went on took this way`,
  eventOrTime: "An event, or a time-out",
  outOfTime: "Nothing came",
  oneWeek: "One week",
  reminderAll: "Remind all who could do it",
  beginOn: "Begin …",
  begunOn: (title: string) => `${title} has begun`,
};

/** The words of messages in several languages, and of whom a message goes to. */
export const writing = {
  messageWritten: "Language",
  messageWrittenIn: "Written in",
  messageWriteAlso: "Write also in",
  messageWrittenAlso: (language: string) => `Write in ${language}`,
  messageUnwrite: (language: string) => `Take away ${language}`,
  messageSaysItself: (text: string) => `Otherwise: ${text}`,
  messageSaysNothing: "It says nothing in words.",
  messageLanguage: "Its own language",
  messageSpeaks: "What the receiver speaks",
  messageSpeaksText: "What she has chosen by a link of a mail goes before it.",
  messageSpeaksNone: "Not known",
  messageZone: "The time zone of the receiver",
  messageZoneText: "Hours in which nothing is sent are counted in it.",
  messageSegment: "Members of",
  messageSegmentAll: "No segment: all records",
  messageGets: (sent: string, audience: string) => `${sent} of ${audience} will get it.`,
  messageRefused: {
    address: (n: number, count: string) => `${count} ${n === 1 ? "has" : "have"} no address.`,
    suppressed: (n: number, count: string) =>
      `${count} ${n === 1 ? "takes" : "take"} no mail any more: it came back, or they complained.`,
    consent: (n: number, count: string) => `${count} ${n === 1 ? "has" : "have"} not agreed to it.`,
    paused: (n: number, count: string) => `${count} ${n === 1 ? "has" : "have"} asked for a pause.`,
  },
  messageSentToNone: "It has not gone to many yet.",
  messageSegmentBuilding: (title: string) =>
    `Who is in “${title}” is being worked out still. It can go when that is whole.`,
};

/** The words of mailboxes whose mails are fetched. */
export const fetching = {
  fetched: {
    title: "Addresses",
    about:
      "Mails to these addresses become records. Where an address names its server, they are fetched there by IMAP.",
    address: "Address",
    last: "Fetched",
    aside: "Left aside",
    states: {
      unbound: "is not connected",
      off: "paused",
      brought: "mails are brought here",
      fine: "fetched",
      failed: "cannot be fetched",
    },
    why: {
      closed: "This installation may not call the server.",
      owner: "Nobody active answers for it.",
      slow: "The server does not answer.",
      unreachable: "The server cannot be reached.",
      tls: "The server’s certificate is not trusted.",
      "sign-in": "The server refuses the name or the password.",
      folder: "The server has no such folder, or does not open it.",
      broken: "The server says what it should not.",
    } as Readonly<Record<string, string>>,
    left: (n: number) => `${n} left aside`,
    secret: "Password or token of the server",
    secretHint: "It is kept sealed, and nobody can read it again.",
    never: "Never",
    connect: "Connect",
    cannot: (by: string) => `The mails of ${by} cannot be fetched`,
  },
} as const;

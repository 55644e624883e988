/** The words of keys by which programs and agents come in. */
export const keys = {
  keys: {
    title: "Keys for programs",
    text: "A key lets a program or an agent in (by the API or MCP) with the rights of the one for whom it speaks. What it does stands in the history under that name. It ends with the key, and when that one is made inactive.",
    make: "New key",
    speaksFor: "Speaks for",
    agent: "An agent of its own",
    agentText:
      "The agent is one of the people: it has the roles that are chosen here, owns what it makes, and cannot sign in.",
    until: "Until",
    used: "Last used",
    end: (name: string) => `End the key ${name}`,
    endText:
      "What uses it is refused from now on. A key that has ended does not come back: who needs one again gets a new one.",
    endYes: "End it",
    ended: (name: string) => `The key ${name} has ended`,
    made: "The key is made",
    once: "Copy the secret now: it is shown this once, and nobody can read it again.",
    secret: "Secret",
  },
} as const;

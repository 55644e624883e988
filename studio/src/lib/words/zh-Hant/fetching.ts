/** The words of mailboxes whose mails are fetched. */
export const fetching = {
  fetched: {
    title: "收件地址",
    about: "寄到這些收件地址的郵件會成為記錄。指定了伺服器的以 IMAP 收取。",
    address: "地址",
    last: "收取",
    aside: "擱置",
    states: { unbound: "尚未連接", off: "已暫停", brought: "郵件由伺服器送達", fine: "收取中", failed: "無法收取" },
    why: {
      closed: "本系統不得連線至該伺服器。",
      owner: "沒有啟用中的負責人。",
      slow: "伺服器沒有回應。",
      unreachable: "無法連線至伺服器。",
      tls: "伺服器的憑證不受信任。",
      "sign-in": "伺服器拒絕使用者名稱或密碼。",
      folder: "伺服器沒有此資料夾，或無法開啟。",
      broken: "伺服器的回應不正確。",
    } as Readonly<Record<string, string>>,
    left: (n: number) => `${n} 封擱置`,
    secret: "伺服器的密碼或權杖",
    secretHint: "會加密保存，之後無法再讀取。",
    never: "從未",
    connect: "連接",
    cannot: (by: string) => `無法收取 ${by} 的郵件`,
  },
} as const;

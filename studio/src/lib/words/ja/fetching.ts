/** The words of mailboxes whose mails are fetched. */
export const fetching = {
  fetched: {
    title: "受付アドレス",
    about: "これらの受付アドレスに届いたメールはレコードになります。サーバーを指定したものは IMAP で取り込みます。",
    address: "アドレス",
    last: "取り込み",
    aside: "保留",
    states: {
      unbound: "未接続",
      off: "一時停止中",
      brought: "届けられたメールを受信",
      fine: "取り込み中",
      failed: "取り込めません",
    },
    why: {
      closed: "この環境からサーバーへの接続は許可されていません。",
      owner: "有効な担当者がいません。",
      slow: "サーバーが応答しません。",
      unreachable: "サーバーに接続できません。",
      tls: "サーバーの証明書を信頼できません。",
      "sign-in": "サーバーがユーザー名またはパスワードを拒否しました。",
      folder: "フォルダーがないか、開けません。",
      broken: "サーバーの応答が正しくありません。",
    } as Readonly<Record<string, string>>,
    left: (n: number) => `${n}件保留`,
    secret: "サーバーのパスワードまたはトークン",
    secretHint: "封印して保管され、再表示はできません。",
    never: "なし",
    connect: "接続",
    cannot: (by: string) => `${by} のメールを取り込めません`,
  },
} as const;

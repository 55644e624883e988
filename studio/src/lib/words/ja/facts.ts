/** The words of what has happened to a record: known kinds of facts by their types, and what else there is to say of one. */
export const facts = {
  factTitles: {
    "form.submitted": "フォームに記入しました",
    "page.visited": "ページを閲覧しました",
    "mail.sent": "メールを送信しました",
    "mail.opened": "メールを開封しました",
    "mail.clicked": "メールのリンクをクリックしました",
    "mail.bounced": "メールが戻ってきました",
    "mail.complained": "迷惑メールとして報告しました",
    "mail.replied": "メールに返信しました",
    "mail.received": "メールが届きました",
    "consent.granted": "同意しました",
    "consent.confirmed": "同意を確認しました",
    "consent.withdrawn": "同意を取り消しました",
    "survey.answered": "アンケートに回答しました",
    "survey.changed": "アンケートの回答を変更しました",
    "score.crossed": "スコアが境界を越えました",
    "segment.entered": "セグメントに入りました",
    "segment.left": "セグメントから出ました",
  },
  factFrom: (source: string) => `${source} から`,
} as const;

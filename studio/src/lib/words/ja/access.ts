import type { access as english } from "../en/access.ts";
import type { Spoken } from "../spoken.ts";

export const access: Spoken<typeof english> = {
  access: {
    ask: "できる理由とできない理由",
    title: (what) => `${what}で誰が何をできるか`,
    person: "人",
    hint: "人を選ぶと、このレコードでできることと、できないことの理由がわかります。",
    sees: (who) => `${who}はこのレコードを見られます。`,
    seesNot: (who) => `${who}はこのレコードを見られません。`,
    inactive: (who) => `${who}は無効になっているため、何も開けません。`,
    noRole: "ロールがありません。",
    ownedBy: (who) => `このレコードの所有者は${who}です。`,
    scopes: {
      none: "対象のレコードなし",
      own: "自分が所有するレコード",
      team: "チームと部下のレコード",
      below: "下位の人のレコード",
      queue: "自分のキューのレコード",
      all: "すべてのレコード",
    },
    where: (condition) => `条件に合うレコード（${condition}）`,
    or: "、または",
    ofThese: "。そのうち",
    unsaid: "あなたが閲覧できない条件による",
    hidden: "非表示",
    fixed: "閲覧のみ",
    why: (field) => `${field}を変更できない理由`,
  },
};

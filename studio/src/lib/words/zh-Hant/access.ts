import type { access as english } from "../en/access.ts";
import type { Spoken } from "../spoken.ts";

export const access: Spoken<typeof english> = {
  access: {
    ask: "為什麼可以或不可以",
    title: (what) => `誰可以對${what}做什麼`,
    person: "人員",
    hint: "選擇一位人員，即可看到對方能對這筆記錄做什麼，以及為何不能做其他事。",
    sees: (who) => `${who}看得到這筆記錄。`,
    seesNot: (who) => `${who}看不到這筆記錄。`,
    inactive: (who) => `${who}已停用，無法開啟任何內容。`,
    noRole: "沒有任何角色。",
    ownedBy: (who) => `這筆記錄的擁有者是${who}。`,
    scopes: {
      none: "沒有任何記錄",
      own: "自己擁有的記錄",
      team: "團隊與部屬的記錄",
      below: "下層人員的記錄",
      queue: "自己佇列中的記錄",
      all: "所有記錄",
    },
    where: (condition) => `符合條件的記錄（${condition}）`,
    or: "，或",
    ofThese: "；其中",
    unsaid: "依據您無權檢視的條件",
    hidden: "隱藏",
    fixed: "只能檢視",
    why: (field) => `為什麼我不能修改${field}？`,
  },
};

import type { access as english } from "../en/access.ts";
import type { Spoken } from "../spoken.ts";

export const access: Spoken<typeof english> = {
  access: {
    ask: "Mengapa boleh, mengapa tidak",
    title: (what) => `Siapa boleh apa dengan ${what}`,
    person: "Orang",
    hint: "Pilih seseorang untuk membaca apa yang boleh dilakukannya dengan rekaman ini, dan mengapa yang lain tidak.",
    sees: (who) => `${who} melihat rekaman ini.`,
    seesNot: (who) => `${who} tidak melihat rekaman ini.`,
    inactive: (who) => `${who} tidak aktif: tidak ada yang terbuka baginya.`,
    noRole: "Tidak memiliki peran.",
    ownedBy: (who) => `Pemilik rekaman ini adalah ${who}.`,
    scopes: {
      none: "tidak satu pun rekaman",
      own: "rekaman miliknya",
      team: "rekaman tim dan bawahannya",
      below: "rekaman orang di bawahnya",
      queue: "rekaman dalam antreannya",
      all: "semua rekaman",
    },
    where: (condition) => `rekaman dengan syarat ${condition}`,
    or: ", atau ",
    ofThese: "; di antaranya ",
    unsaid: "menurut syarat yang tidak boleh Anda baca",
    hidden: "tersembunyi",
    fixed: "hanya baca",
    why: (field) => `Mengapa saya tidak boleh mengubah ${field}?`,
  },
};

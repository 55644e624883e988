import type { undoing as english } from "../en/undoing.ts";
import type { Spoken } from "../spoken.ts";

export const undoing: Spoken<typeof english> = {
  undoPlanText: "Belum ada yang berubah.",
  undoRemoves: (_, count) => `${count} rekaman yang dibuat dipindahkan ke tempat sampah`,
  undoRestores: (_, count) => `${count} rekaman kembali seperti semula`,
  undoLeaves: (_, count) => `${count} dibiarkan apa adanya`,
  undoWhys: {
    changed: "telah diubah sejak itu",
    gone: "sudah tidak ada",
    needed: "diperlukan rekaman yang dibuat kemudian",
    taken: "nilainya kini milik rekaman lain",
    erased: "data orangnya telah dihapus",
    stranded: "keadaan tempatnya dahulu sudah tidak ada",
  },
  undoForce: "Kembalikan juga bidang impor pada rekaman yang telah diubah",
  undoDo: "Urungkan",
  undoMoreLeft: (count) => `dan ${count} lagi`,
};

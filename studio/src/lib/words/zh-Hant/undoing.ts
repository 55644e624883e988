import type { undoing as english } from "../en/undoing.ts";
import type { Spoken } from "../spoken.ts";

export const undoing: Spoken<typeof english> = {
  undoPlanText: "目前尚未變更任何內容。",
  undoRemoves: (_, count) => `匯入所建立的 ${count} 筆會移至垃圾桶`,
  undoRestores: (_, count) => `${count} 筆會恢復原值`,
  undoLeaves: (_, count) => `${count} 筆維持現狀`,
  undoWhys: {
    changed: "之後已被修改",
    gone: "已不存在",
    needed: "後來建立的記錄需要它",
    taken: "其值已屬於另一筆記錄",
    erased: "當事人的資料已被清除",
    stranded: "原本所在的狀態已不存在",
  },
  undoForce: "已修改的記錄也將匯入的欄位恢復原值",
  undoDo: "復原",
  undoMoreLeft: (count) => `以及其他 ${count} 筆`,
};

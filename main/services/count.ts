/** "1 scan", "2 scans". */
export const count = (n: number, thing: string) => `${n} ${thing}${n === 1 ? '' : 's'}`

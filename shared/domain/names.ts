/** The order of names as people write them: "scan 2" before "scan 10". */
export const byName = new Intl.Collator('en', { numeric: true }).compare

/** Display windows of CT in Hounsfield units, as radiology departments use them. */
export const presets = [
  { key: 'brain', width: 80, level: 40 },
  { key: 'softTissue', width: 400, level: 40 },
  { key: 'lung', width: 1500, level: -600 },
  { key: 'bone', width: 2000, level: 400 },
] as const

/** A sample value in few characters: whole numbers where the window is wide, three figures where it is narrow. */
export const brief = (value: number, range = Math.abs(value)): string =>
  (range >= 20 || value === 0 ? String(Math.round(value)) : value.toPrecision(3)).replace('-', '−')

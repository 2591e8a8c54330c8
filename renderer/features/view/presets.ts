/** Display windows of CT in Hounsfield units, as radiology departments use them. */
export const presets = [
  { key: 'brain', width: 80, level: 40 },
  { key: 'softTissue', width: 400, level: 40 },
  { key: 'lung', width: 1500, level: -600 },
  { key: 'bone', width: 2000, level: 400 },
] as const

export type Range = readonly [low: number, high: number]

/** Whether the values are Hounsfield units: CT, told by air far below zero. */
const isHounsfield = (modality: string, suggested: Range) => modality === 'CT' && suggested[0] < -200

/** The display window to start with: soft tissue for Hounsfield units, else what the program suggests from the values. */
export function usualWindow(modality: string, suggested: Range): Range {
  const { width, level } = presets[1]
  return isHounsfield(modality, suggested) ? [level - width / 2, level + width / 2] : suggested
}

/**
 * A window as it is remembered: Hounsfield units as they are; other values, which differ from scan to scan, as parts of the
 * suggested window, so that "a little brighter" holds for the next scan too.
 */
export function toStored([low, high]: Range, modality: string, suggested: Range): Range {
  if (isHounsfield(modality, suggested)) return [low, high]
  const width = suggested[1] - suggested[0] || 1
  return [(low - suggested[0]) / width, (high - suggested[0]) / width]
}

export function fromStored([low, high]: Range, modality: string, suggested: Range): Range {
  if (isHounsfield(modality, suggested)) return [low, high]
  const width = suggested[1] - suggested[0] || 1
  return [suggested[0] + low * width, suggested[0] + high * width]
}

/** A sample value in few characters: whole numbers where the window is wide, three figures where it is narrow. */
export const brief = (value: number, range = Math.abs(value)): string =>
  (range >= 20 || value === 0 ? String(Math.round(value)) : value.toPrecision(3)).replace('-', '−')

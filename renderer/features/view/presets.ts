/** Display windows of CT in Hounsfield units, as radiology departments use them. */
export const presets = [
  { key: 'brain', width: 80, level: 40 },
  { key: 'softTissue', width: 400, level: 40 },
  { key: 'lung', width: 1500, level: -600 },
  { key: 'bone', width: 2000, level: 400 },
] as const

/** What DICOM objects and encodings there are, and in which words it is said that they are not read as scans. */
import { canDecode } from './codecs/index.ts'

/** Ways to encode pixels that are not read (PS3.5 annex A): what the user knows them as. */
const unknownEncodings: [prefix: string, name: string][] = [
  ['1.2.840.10008.1.2.4.92', 'JPEG 2000 with several components'],
  ['1.2.840.10008.1.2.4.93', 'JPEG 2000 with several components'],
  ['1.2.840.10008.1.2.4.10', 'MPEG video'],
  ['1.2.840.10008.1.2.4.94', 'JPIP, whose pixels lie on a server'],
  ['1.2.840.10008.1.2.4.95', 'JPIP, whose pixels lie on a server'],
  ['1.2.840.10008.1.2.4.20', 'JPIP, whose pixels lie on a server'],
  ['1.2.840.10008.1.2.4.11', 'JPEG XL'],
  ['1.2.840.10008.1.2.4', 'an old kind of JPEG'],
]

const uncompressed = ['1.2.840.10008.1.2', '1.2.840.10008.1.2.1', '1.2.840.10008.1.2.2', '1.2.840.10008.1.2.1.99']

/** Whether pixels in this transfer syntax are stored as they are. */
export const isUncompressed = (syntax: string) => uncompressed.includes(syntax)

/** Why pixels in this transfer syntax are not read; undefined for those that are. */
export function syntaxReason(syntax: string): string | undefined {
  if (isUncompressed(syntax) || canDecode(syntax)) return undefined
  const known = unknownEncodings.find(([prefix]) => syntax.startsWith(prefix))
  if (known)
    return `The images are compressed (${known[1]}) in a way that is not read; save them uncompressed or as NIfTI.`
  return 'The images are encoded in a way that is not read; save them uncompressed or as NIfTI.'
}

/** What is not an image, or not a single slice, by SOP class (PS3.4 B.5): the first prefix that fits counts. */
const classes: [prefix: string, reason: string][] = [
  ['1.2.840.10008.1.3.10', 'This is a DICOM directory (DICOMDIR), an index of other files; import the folder instead.'],
  ['5.1.4.1.1.66.4', segmentation()],
  ['5.1.4.1.1.66.7', segmentation()],
  ['5.1.4.1.1.66.5', 'This is a DICOM surface segmentation, not a scan; surfaces are not read.'],
  ['5.1.4.1.1.66.1', 'This is a DICOM registration (how two scans fit together), not a scan.'],
  ['5.1.4.1.1.66.3', 'This is a DICOM registration (how two scans fit together), not a scan.'],
  ['5.1.4.1.1.66', 'This is raw or derived DICOM data without an image.'],
  ['5.1.4.1.1.481.3', 'These are contours (RTSTRUCT), which are labels of a scan and no scan.'],
  ['5.1.4.1.1.481.2', 'This is a radiotherapy dose (RTDOSE), not a scan.'],
  ['5.1.4.1.1.481.5', 'This is a radiotherapy plan, not a scan.'],
  ['5.1.4.1.1.481', 'This is a radiotherapy object, not a scan.'],
  ['5.1.4.1.1.4.2', 'This is MR spectroscopy, not an image.'],
  ['5.1.4.1.1.88', 'This is a structured report, not a scan.'],
  ['5.1.4.1.1.11', 'This is a presentation state (how to show another image), not a scan.'],
  ['5.1.4.1.1.104', 'This is a document, not a scan.'],
  ['5.1.4.1.1.9', 'This is a waveform (ECG, voice…), not a scan.'],
  ['5.1.4.1.1.77', 'This is a photograph or microscopy picture, not a scan.'],
  ['5.1.4.1.1.30', 'This is a parametric map, which this version does not read yet.'],
  ['5.1.4.1.1.1', 'This is a projection radiograph, a single picture without depth, not a 3D scan.'],
  ['5.1.4.1.1.12', 'This is an angiography or fluoroscopy picture, without depth, not a 3D scan.'],
  ['5.1.4.1.1.3', 'This is ultrasound video, not a 3D scan.'],
  ['5.1.4.1.1.6', 'This is an ultrasound picture, not a 3D scan.'],
]

function segmentation(): string {
  return 'This is a DICOM segmentation: labels of a scan and no scan.'
}

/** Why objects of this SOP class are not read; undefined for classic images, and for classes that are not known. */
export function classReason(sopClass: string): string | undefined {
  const short = sopClass.replace(/^1\.2\.840\.10008\.(?=5\.)/, '')
  const fits = ([prefix]: [string, string]) => short === prefix || short.startsWith(`${prefix}.`)
  return classes.find(fits)?.[1]
}

/** Whether this is a secondary capture: a screenshot or a derived picture, rarely a volume. */
export const isSecondaryCapture = (sopClass: string) => /^1\.2\.840\.10008\.5\.1\.4\.1\.1\.7(\.\d)?$/.test(sopClass)

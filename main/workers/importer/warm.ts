/**
 * Compiled code before there is work: a made-up series, a CT and an MR, is read from memory until the engine has compiled
 * what reads them. Nothing of it reaches the disk.
 */
import { setImmediate } from 'node:timers/promises'
import { canonicalPermutation } from '../../imaging/canonical.ts'
import { alone, assemble, groupSeries, readHeader } from '../../imaging/dicom.ts'
import { encodeFile, type Item, type WrittenSyntax } from '../../imaging/dicom/encode.ts'
import { describeVolume } from '../../library/index.ts'
import { inflateByZlib, rawHash } from './bytes.ts'
import { headerBytes } from './header.ts'

const slices = 24
const side = 96

/** `rounds`: a dozen for the code of headers; that of pixels needs a third of them. Stops early where `goOn` says no. */
export async function warmUp(rounds: number, goOn: () => boolean): Promise<void> {
  const all = [series('explicit', 'CT', -1), series('implicit', 'MR', 1)]
  for (let round = 0; round < rounds; round++)
    for (const files of all) {
      if (!goOn()) return
      await readOnce(files)
      await setImmediate()
    }
}

async function readOnce(files: readonly Uint8Array[]): Promise<void> {
  const headers = []
  for (const file of files) {
    rawHash(file)
    const read = await readHeader(file.subarray(0, headerBytes), { inflate: inflateByZlib, fileSize: file.length })
    if (read.ok) headers.push(read.header)
  }
  for (const plan of groupSeries(headers)) {
    if (!plan.ok) continue
    const hands = alone((file) => Promise.resolve(files[file]), inflateByZlib)
    const read = await assemble(plan, hands, canonicalPermutation(plan.geometry))
    if (read.ok) describeVolume(read.volume)
  }
}

/** `turn`: 1 where rows and columns run as those of an MR, -1 as those of a CT: unsigned, with an intercept. */
function series(syntax: WrittenSyntax, modality: string, turn: 1 | -1): Uint8Array[] {
  const pixels = new Uint8Array(Uint16Array.from({ length: side * side }, (_, n) => (n * 7) % 4096).buffer)
  const uid = (n: number) => `2.25.${modality === 'CT' ? 1 : 2}.${n}`
  return Array.from({ length: slices }, (_, n) => {
    const elements: Item = [
      ['00080005', 'CS', 'ISO_IR 100'],
      ['00080008', 'CS', 'ORIGINAL\\PRIMARY\\AXIAL'],
      ['00080016', 'UI', `1.2.840.10008.5.1.4.1.1.${modality === 'CT' ? 2 : 4}`],
      ['00080018', 'UI', uid(n + 10)],
      ['00080020', 'DA', '20000101'],
      ['00080032', 'TM', '120000'],
      ['00080033', 'TM', `1200${n + 10}`],
      ['00080050', 'SH', ''],
      ['00080060', 'CS', modality],
      ['00080070', 'LO', 'none'],
      ['00080080', 'LO', 'none'],
      ['00081030', 'LO', 'none'],
      ['0008103E', 'LO', 'none'],
      ['00081140', 'SQ', [[['00081150', 'UI', uid(1)], ['00081155', 'UI', uid(2)]]]],
      ['00100010', 'PN', 'none^none'],
      ['00100020', 'LO', 'none'],
      ['00100030', 'DA', ''],
      ['00100040', 'CS', 'O'],
      ['00101010', 'AS', '000Y'],
      ['00180050', 'DS', '2.5'],
      ['00180081', 'DS', '10'],
      ['00180088', 'DS', '2.5'],
      ['00181210', 'SH', 'none'],
      ...Array.from({ length: 12 }, (_, k): Item[number] => [`001814${k + 10}`, 'SH', 'none']),
      ['00190010', 'LO', 'none'],
      ['0020000D', 'UI', uid(3)],
      ['0020000E', 'UI', uid(4)],
      ['00200011', 'IS', '1'],
      ['00200012', 'IS', '1'],
      ['00200013', 'IS', String(n + 1)],
      ['00200032', 'DS', `-119.531\\-${20.25 * turn}\\${(2.5 * n + 0.1).toFixed(3)}`],
      ['00200037', 'DS', turn < 0 ? '1\\0\\0\\0\\1\\0' : '0.9998\\0.02\\0\\-0.02\\0.9998\\0'],
      ['00200052', 'UI', uid(5)],
      ['00280002', 'US', 1],
      ['00280004', 'CS', 'MONOCHROME2'],
      ['00280010', 'US', side],
      ['00280011', 'US', side],
      ['00280030', 'DS', '0.4882812\\0.4882812'],
      ['00280100', 'US', 16],
      ['00280101', 'US', turn < 0 ? 12 : 16],
      ['00280102', 'US', turn < 0 ? 11 : 15],
      ['00280103', 'US', turn < 0 ? 0 : 1],
      ['00281052', 'DS', turn < 0 ? '-1024' : '0'],
      ['00281053', 'DS', '1'],
      ['7FE00010', 'OW', pixels],
    ] // prettier-ignore
    return encodeFile(elements, syntax)
  })
}

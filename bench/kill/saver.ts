/** Saves label maps of a project's first labelled case one after the other, and says on stdout which are saved, until it is killed. */
import { createServices } from '../../main/services/index.ts'
import type { LabelSaved } from '../../shared/api/contract.ts'

const services = createServices({ mode: 'workstation', homeFolder: process.argv[3] })
await services.handlers['project.open']({ folder: process.argv[2] })
const first = (await services.handlers['cases.list'](undefined)).find(({ labelVersionId }) => labelVersionId !== null)!
const voxels = first.shape[0] * first.shape[1] * first.shape[2]
let parent = first.labelVersionId!
process.stdout.write('ready\n')
for (let n = 1; ; n++) {
  const samples = Uint8Array.from({ length: voxels }, (_, v) => ((v * 31 + n * 17) % 97 < 40 ? 1 : 0))
  const saved = (await services.upload(`/labels/${first.id}/${parent}`, async () => samples)) as LabelSaved
  parent = saved.version!.id
  // Only now may the window say "saved": from here on it must never be lost.
  process.stdout.write(`${parent} ${saved.version!.sha256}\n`)
}

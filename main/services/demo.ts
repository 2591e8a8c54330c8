/** The demo project: bundled real scans, three of them labelled to learn from, four to measure on. */
import { copyFileSync, cpSync, existsSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import type { Project } from '../../shared/api/contract.ts'
import { Label } from '../../shared/domain/records.ts'
import { createLibrary, isProject, openLibrary, refuse, refuseFileError, type Library } from '../library/index.ts'
import { casesByName } from './cases.ts'
import { openProject, type Context } from './context.ts'
import { startImport } from './importing.ts'
import { useProject } from './project.ts'

/** manifest.json beside the scans: names of cases. */
const Manifest = z.object({
  name: z.string(),
  modality: z.string(),
  labels: z.array(Label),
  training: z.array(z.string()),
  validation: z.array(z.string()),
  unlabelled: z.array(z.string()),
})

export const defaultDemoFolder = (home: string) => join(home, 'Handful', 'demo')

/** Opens the demo project, made on first use; a demo whose making was interrupted is completed. */
export async function openDemo(
  context: Context,
  folder = defaultDemoFolder(context.options.homeFolder),
): Promise<Project> {
  const source = context.demoFolder ?? refuse('The demo scans are not part of this installation.')
  const manifest = Manifest.parse(JSON.parse(readFileSync(join(source, 'manifest.json'), 'utf8')))
  if (context.library?.folder !== folder) {
    useProject(context, () => (isProject(folder) ? openLibrary(folder) : createLibrary(folder, manifest.name)))
  }
  const library = openProject(context)
  const wanted = [...manifest.training, ...manifest.validation, ...manifest.unlabelled]
  if (library.cases().length < wanted.length || library.labels().length === 0)
    await fill(context, library, source, manifest)
  return library.describe()
}

async function fill(
  context: Context,
  library: Library,
  source: string,
  manifest: z.infer<typeof Manifest>,
): Promise<void> {
  library.transaction(() => library.setLabels(manifest.labels))
  const scans = copyScans(source, library.folder)
  const job = startImport(context, {
    paths: [join(scans, 'images')],
    labelFolder: join(scans, 'labels'),
    modality: manifest.modality,
  })
  const { state, message } = await job.finished
  if (state !== 'done') refuse(`The demo project could not be made: ${message}`)
  library.transaction(() => {
    for (const { id } of casesByName(library, manifest.validation)) library.setCaseRole(id, 'validation')
  })
  context.casesChanged()
}

/** Scans stay where they are, and the program's own folder may move with the next update: the demo gets copies. */
function copyScans(source: string, folder: string): string {
  const scans = join(folder, 'scans')
  try {
    mkdirSync(scans, { recursive: true })
    for (const part of ['images', 'labels']) cpSync(join(source, part), join(scans, part), { recursive: true })
    if (existsSync(join(source, 'NOTICE'))) copyFileSync(join(source, 'NOTICE'), join(scans, 'NOTICE'))
    return scans
  } catch (error) {
    return refuseFileError(error, 'The demo scans could not be copied')
  }
}

/** Asks for the folder of a project and opens it. */
import { openProject } from '../../state/session.ts'
import { words } from '../../words/index.ts'
import { chooseFolder } from '../folders/index.ts'

export async function openOther(): Promise<void> {
  const folder = await chooseFolder(words.home.chooseProject, words.home.openThis)
  if (folder) await openProject(folder)
}

/** Every command of the desktop app's menu: what it is called, whether it can be done now, and what it does. */
import { closeProject, project, screen } from '../../state/session.ts'
import { dialog } from '../../state/dialogs.ts'
import { undoState } from '../../state/undo.ts'
import { words } from '../../words/index.ts'
import { openOther } from '../home/index.ts'
import type { ActionId } from '../keys/index.ts'
import { openDialog } from '../settings/index.ts'

interface Command {
  label: () => string
  act: () => unknown
  /** Always, unless told. */
  enabled?: () => boolean
  /** Whose key it has. */
  key?: ActionId
}

const inProject = () => project.value !== null

/** A text that is being typed has an undo of its own. */
function travel(way: 'undo' | 'redo'): void {
  const typing = document.activeElement
  if (typing instanceof HTMLTextAreaElement || (typing instanceof HTMLInputElement && typing.type === 'text'))
    document.execCommand(way)
  else undoState.value?.run(way)
}

async function newProject(): Promise<void> {
  if (project.value) await closeProject()
  if (!project.value) dialog.value = 'newProject'
}

export const commands = {
  newProject: { label: () => words.home.newProject, act: newProject },
  openProject: { label: () => words.home.openProject, act: openOther },
  closeProject: { label: () => words.project.home, act: closeProject, enabled: inProject },
  import: { label: () => words.importing.open, act: () => (dialog.value = 'import'), enabled: inProject },
  export: { label: () => words.exporting.open, act: () => (dialog.value = 'export'), enabled: inProject },
  files: { label: () => words.keeping.open, act: () => (dialog.value = 'files'), enabled: inProject },
  settings: { label: () => `${words.settings.title}…`, act: () => (openDialog.value = 'settings') },
  undo: {
    label: () => named(words.labelling.undo, undoState.value?.undo),
    act: () => travel('undo'),
    enabled: inProject,
    key: 'undo',
  },
  redo: {
    label: () => named(words.labelling.redo, undoState.value?.redo),
    act: () => travel('redo'),
    enabled: inProject,
    key: 'redo',
  },
  scans: { label: () => words.project.scans, act: () => (screen.value = 'scans'), enabled: inProject },
  train: { label: () => words.project.train, act: () => (screen.value = 'train'), enabled: inProject },
  models: { label: () => words.project.models, act: () => (screen.value = 'models'), enabled: inProject },
  keys: { label: () => words.settings.keys, act: () => (openDialog.value = 'keys') },
  about: { label: () => words.about.open, act: () => (openDialog.value = 'about') },
} satisfies Record<string, Command>
export type CommandId = keyof typeof commands

export const commandOf = (id: CommandId): Command => commands[id]
const named = (what: string, edit: string | null | undefined) => (edit ? `${what}: ${edit}` : what)

/** The desktop app's menu: told to the shell whenever it changes, and its commands carried out. */
import { watchEffect } from 'vue'
import type { Menu, MenuItem, menuRoles } from '../../../shared/domain/menu.ts'
import { on, request } from '../../api/index.ts'
import { info } from '../../state/session.ts'
import { words } from '../../words/index.ts'
import { keysOf } from '../keys/index.ts'
import { commandOf, commands, type CommandId } from './commands.ts'

const line: MenuItem = { kind: 'line' }
const role = (name: (typeof menuRoles)[number]): MenuItem => ({
  kind: 'role',
  role: name,
  label: words.menu.roles[name],
})

function command(id: CommandId): MenuItem {
  const { label, enabled, key } = commandOf(id)
  return {
    kind: 'command',
    id,
    label: label(),
    enabled: enabled?.() ?? true,
    key: key ? written(keysOf(key)[0]) : null,
  }
}

/** "ctrl+shift+z" as Electron writes it; null for a key that it has no such name for. */
function written(key: string | undefined): string | null {
  const found = /^(ctrl\+)?(shift\+)?([a-z0-9])$/.exec(key ?? '')
  return found && `${found[1] ? 'CmdOrCtrl+' : ''}${found[2] ? 'Shift+' : ''}${found[3].toUpperCase()}`
}

const menus = (): Menu[] => [
  {
    label: words.menu.file,
    items: [
      command('newProject'),
      command('openProject'),
      command('closeProject'),
      line,
      command('import'),
      command('export'),
      command('files'),
      line,
      command('settings'),
      role('quit'),
    ],
  },
  {
    label: words.menu.edit,
    items: [command('undo'), command('redo'), line, ...(['cut', 'copy', 'paste', 'selectAll'] as const).map(role)],
  },
  { label: words.menu.project, items: [command('scans'), command('train'), command('models')] },
  {
    label: words.menu.view,
    items: (['resetZoom', 'zoomIn', 'zoomOut', 'togglefullscreen', 'minimize'] as const).map(role),
  },
  { label: words.menu.help, items: [command('keys'), command('about')] },
]

/** Call once connected. A browser's tab has no menu of ours. */
export function startMenu(): void {
  if (info.value?.mode !== 'desktop') return
  watchEffect(() => void request('menu.show', { menus: menus() }))
  on('menu.chosen', ({ id }) => {
    // Another dialog asks for an answer first.
    if (id in commands && !document.querySelector('dialog[open]')) void commandOf(id as CommandId).act()
  })
}

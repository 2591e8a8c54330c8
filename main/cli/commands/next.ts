/** handful next: which scan to label next, and why. */
import { Command } from 'commander'
import type { Suggestion } from '../../../shared/domain/records.ts'
import { readLibrary } from '../../library/index.ts'
import { suggestCase } from '../../services/suggestions.ts'
import { jsonOption, projectOption } from '../arguments.ts'
import { print, printJson, say } from '../output.ts'

export function nextCommand(): Command {
  return new Command('next')
    .description('Say which scan to label next, and why.')
    .addOption(projectOption)
    .addOption(jsonOption)
    .addHelpText('after', '\nExample:\n  handful next --project study')
    .action(async (options: { project: string; json?: boolean }) => {
      const library = readLibrary(options.project)
      try {
        const found = await suggestCase(library)
        const name = found && library.case(found.caseId)?.name
        if (options.json) return printJson(found && { case: name, ...found })
        if (!found) return say('Every training case has a label, or is being reviewed.')
        print(name ?? found.caseId)
        say(explain(found.reason))
      } finally {
        library.close()
      }
    })
}

function explain(reason: Suggestion['reason']): string {
  switch (reason.kind) {
    case 'typical':
      return `Of ${reason.of} scans it is the one most like all the others.`
    case 'different':
      return `It is unlike those labelled so far; ${reason.standsFor} of ${reason.of} scans are nearer to it than to any of them.`
    case 'unsure':
      return `The model is least sure here: entropy ${reason.uncertainty.toFixed(2)} over what it marked (median ${reason.median.toFixed(2)} of ${reason.of}).`
    case 'nothing-found':
      return 'The model found nothing here, though it did in most scans.'
    case 'rejected':
      return 'Its proposal was rejected, so a label by hand teaches most.'
    case 'first':
      return 'It is the first of the list; nothing tells them apart yet.'
  }
}

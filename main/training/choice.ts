/** What the automatic choice left in its run folder: which start is the best one, and on what evidence. */
import { z } from 'zod'
import { readJson, TrainingError, type RunFolder } from './host.ts'

export const choiceFile = 'choice.json'

/** The start that has learnt from the person's labels, and from those that registration carried over to further scans. */
export const labelPropagation = 'label-propagation'

/** choice.json: what was tried and what came out. */
export const Choice = z.object({
  /** A pretext task, "label-propagation", or "scratch". */
  chosen: z.string(),
  /** Ids of the cases whose labels that start has learnt from. */
  labelled: z.array(z.string()).default([]),
  /** Whether to learn from further scans, which the network labels with the help of labels carried over. */
  selfTraining: z.boolean().default(false),
  /** Why, in a sentence. */
  reason: z.string(),
  /** Steps of each probe's fine-tuning; 0 where nothing could be probed. */
  probeSteps: z.number().int(),
  /** Mean Dice over the hidden labelled cases, by start: of the network, and (selfTraining) together with labels carried over. */
  tried: z.array(
    z.object({
      start: z.string(),
      selfTraining: z.boolean().optional(),
      dice: z.number().nullable(),
      cases: z.array(z.number().nullable()),
    }),
  ),
})
export type Choice = z.infer<typeof Choice>

/** null for a pretraining that chose nothing: it was told its task. Throws a TrainingError when the file is damaged. */
export async function readChoice(folder: RunFolder): Promise<Choice | null> {
  const content = await readJson(folder, choiceFile)
  if (content === null) return null
  const parsed = Choice.safeParse(content)
  if (!parsed.success) throw new TrainingError(`${choiceFile} of the pretraining is damaged. Pretrain again.`)
  return parsed.data
}

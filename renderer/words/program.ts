/**
 * What the program itself says, in the language of the window. It speaks English; sentences that are known here are said
 * anew, others stay as they came: an English reason is better than none.
 */
import { importReasons } from './importReasons.ts'
import { importWarnings } from './importWarnings.ts'
import { language } from './index.ts'
import { refusals } from './refusals.ts'

/** Starts that the automatic choice compares. */
const starts = 'scratch|restoration|rotation|jigsaw|relative-location|cpc|exemplar'

/** Pattern of the whole sentence → Chinese; $1, $2 … are what the brackets held. */
const chinese: readonly (readonly [RegExp, string])[] = [
  // Stages of a training (main/services/training-plan.ts).
  [/^Pretraining$/, '预训练'],
  [/^Fine-tuning$/, '微调'],
  [/^From scratch$/, '从零训练'],
  [/^Predicting$/, '预测'],
  [/^Measuring$/, '评估'],
  [/^Estimating$/, '交叉验证'],
  [/^Learns what (\d+) scans? looks? like, labelled or not\.$/, '学习 $1 例影像的样子，不论有无标注。'],
  [
    /^Finds out how best to begin; learns what (\d+) scans? looks? like, labelled or not\.$/,
    '找出最好的起点，并从 $1 例影像学习，不论有无标注。',
  ],
  [
    /^Nothing to do: all training scans are labelled, and learning from them has all the time\.$/,
    '无需进行：所有训练影像都已有标注，全部时间用于学习这些标注。',
  ],
  [/^Learns your labels from (\d+) labelled scans?\.$/, '从 $1 例已标注影像学习您的标注。'],
  [
    /^Learns your labels from (\d+) labelled scans?, (\d+) of them labelled in part\.$/,
    '从 $1 例已标注影像学习您的标注，其中 $2 例仅部分标注。',
  ],
  [
    /^The same steps without pretraining, to see whether it helped\.$/,
    '同样的步骤，不作预训练，用来看预训练是否有帮助。',
  ],
  [/^Proposes labels for (\d+) scans?; nothing of yours is changed\.$/, '为 $1 例影像给出建议；您的标注不会改变。'],
  [
    /^Hides each labelled scan in turn and trains on the others \((\d+) rounds(?:, with pretraining and without)?\): the score without validation scans\.$/,
    '轮流隐藏每一例已标注影像，并用其余影像训练（$1 轮）：没有验证影像时的评分。',
  ],
  [/^Compares with your labels of (\d+) validation scans?\.$/, '与您在 $1 例验证影像上的标注比较。'],
  [/^There is no scan to learn from\..*$/, '没有可供学习的影像。请导入影像，或把一些影像从“留作验证”中取消。'],
  [/^No training scan has a label yet\..*$/, '训练影像都还没有标注。请至少标注一例（三例更好），或导入标注文件。'],
  [/^The project has no labels yet\. Make a label set first\.$/, '此项目还没有标签。请先建立标签。'],
  [/^The label maps of all training scans are empty\..*$/, '所有训练影像的标注都是空的。请至少在一例中勾画。'],
  [
    /^The training scans have differing numbers of channels \((.+)\)\. Keep one kind in the project\.$/,
    '训练影像的通道数不同（$1）。请在项目中只保留一种。',
  ],
  [
    /^(.+) has (\d+) channels?, (.+) has (\d+)\. Train on scans with the same channels\.$/s,
    '$1 有 $2 个通道，$3 有 $4 个。请用通道相同的影像训练。',
  ],
  [/^(.+) has (\d+) channels?, the model needs (\d+)\.$/s, '$1 有 $2 个通道，模型需要 $3 个。'],
  [/^(.+) has (\d+) channels?, the plan is for (\d+)\.$/s, '$1 有 $2 个通道，计划适用于 $3 个。'],
  [/^The device "(.+)" does not work here\. Choose another\.$/, '设备“$1”在此不可用。请选择其他设备。'],
  [/^Channel (\d+): (.*)$/s, '通道 $1：$2'],
  [/^A training is running already\.$/, '已有训练正在运行。'],
  [/^Model (\d+) \((\d+) cases?, (pretrained|from scratch)\)$/, '模型 $1（$2 例影像，$3）'],
  [/^Model (\d+) \((\d+) cases?, (pretrained|from scratch), self-trained\)$/, '模型 $1（$2 例影像，$3，自训练）'],
  [/^pretrained$/, '经预训练'],
  [/^from scratch$/, '从零训练'],
  // What a stage is at, and the figures of its curves.
  [/^Preparing scans$/, '正在准备影像'],
  [/^Labelling scans to learn from$/, '正在自行标注影像以供学习'],
  [/^Carrying labels over$/, '正在传递标注'],
  [
    /^(Preparing scans|Pretraining|Fine-tuning|Labelling scans to learn from|Carrying labels over|Estimating, round \d+ of \d+) \((.+)\)$/,
    '$1（$2）',
  ],
  [/^(\d+) of (\d+): (\S+)$/, '第 $1 / $2 项：$3'],
  [/^from (\S+)$/, '起点：$1'],
  [/^labels carried over$/, '传递标注'],
  [/^labels carried over, from (\S+)$/, '传递标注，起点：$1'],
  [/^timing$/, '计时'],
  [/^scratch$/, '从零开始'],
  [/^Estimating, round (\d+) of (\d+)$/, '交叉验证，第 $1 / $2 轮'],
  [/^pretext loss$/, '预训练损失'],
  [/^pretext accuracy$/, '预训练正确率'],
  [/^pretext error relative to the mean$/, '预训练误差（相对于均值）'],
  [/^segmentation loss$/, '分割损失'],
  [/^(?:validation )?Dice$/, 'Dice'],
  // Why a pretext task was chosen (main/training/auto.ts).
  [/^restoration$/, '复原被遮挡的部分'],
  [/^rotation$/, '判断旋转角度'],
  [/^jigsaw$/, '三维拼图'],
  [/^relative-location$/, '判断图块的相对位置'],
  [/^cpc$/, '预测相邻图块 (CPC)'],
  [/^exemplar$/, '辨认变形后的图块'],
  [
    /^Automatic choice: no pretraining\. The time is too short to compare ways to begin, .*scratch\.$/,
    '自动选择：不作预训练。时间太短，来不及比较各种起点，因此从零训练。',
  ],
  [
    /^Automatic choice: no pretraining\. All training scans are labelled, .*scratch\.$/,
    '自动选择：不作预训练。所有训练影像都已有标注，没有可传递标注的影像，也没有预训练任务比标注本身教得更多，因此从零训练。',
  ],
  [
    /^Automatic choice: labels carried over, without pretraining\. .*\(mean Dice after (\d+) steps: (.+)\)\. The time is too short to learn from them beforehand, .*half\.$/,
    '自动选择：传递标注，不作预训练。轮流隐藏已标注影像时，由其余已标注影像传递过来的标注优于网络自己的结果（$1 步后的平均 Dice：$2）。时间太短，来不及预先学习，因此从零训练，并在后一半步骤中用它们学习。',
  ],
  [
    /^Automatic choice: labels carried over\. .*\(mean Dice after (\d+) steps: (.+)\)\. So the pretraining has learnt from your labels for (\d+) steps already, .*fine-tuning alone\.$/,
    '自动选择：传递标注。轮流隐藏已标注影像时，由其余已标注影像传递过来的标注优于网络自己的结果（$1 步后的平均 Dice：$2）。因此预训练已用您的标注，以及传递到其余影像的标注，学习了 $3 步；从零训练只有微调的步数。',
  ],
  [
    /^Automatic choice: (\S+)\. It helped most on labelled cases hidden in turn \(mean Dice after (\d+) steps: (.+)\)\.$/,
    '自动选择：$1。轮流隐藏已标注影像时，它的帮助最大（$2 步后的平均 Dice：$3）。',
  ],
  [
    /^Automatic choice: no pretraining\. .*\(mean Dice after (\d+) steps: (.+)\)\.$/,
    '自动选择：不作预训练。轮流隐藏已标注影像时，所试任务都没有帮助，因此从零训练（$1 步后的平均 Dice：$2）。',
  ],
  [
    /^Automatic choice: (\S+), which published comparisons put first\..*$/,
    '自动选择：$1，已发表的比较中它居首。可供隐藏的已标注影像不足两例，无法比较各任务。',
  ],
  [new RegExp(`^((?:${starts}) .*), ((?:${starts}) [^,]*)$`), '$1、$2'],
  [new RegExp(`^(${starts}) with labels carried over ([\\d.–]+)$`), '$1并传递标注 $2'],
  [new RegExp(`^(${starts}) ([\\d.–]+)$`), '$1 $2'],
  // What a training says on the way (main/training).
  [
    /^No labelled case shows (.+): the model can’t learn (?:it|them)\. Label (?:it|each) in at least one case\.$/,
    '没有一例已标注影像标有 $1，模型无法学习。请至少在一例中标注。',
  ],
  [
    /^The labelled slices lie in one part of each scan, (\d+) % of its length at most\. .*$/,
    '每例影像中已标注的层面都集中在一段之内（最多占全长的 $1%）。网络从未见过其余部分，可能在那里随意勾画：请在两端附近也标注几层，没有可勾画之处也要确认。',
  ],
  [
    /^Nothing is marked in (.+): learnt from as (?:a scan|scans) in which no label is seen\.$/,
    '$1 中没有任何勾画：将作为不含任何标签的影像来学习。',
  ],
  [
    /^(\d+) of the (\d+) scans do not fit in memory beside the others: they are read from disk \((.+) GB\) while it learns\.$/,
    '$2 例影像中有 $1 例无法与其余影像同时放入内存：学习时从磁盘读取（$3 GB）。',
  ],
  [
    /^(\d+) parameter tensors taken over from the pretraining \((\d+) of the encoder, (\d+) of the decoder(?:, (\d+) of its head)?\); (.+)\.$/,
    '从预训练取得 $1 个参数张量（编码器 $2 个，解码器 $3 个）；$5。',
  ],
  [/^none starts at random$/, '没有随机起始的张量'],
  [/^encoder$/, '编码器'],
  [/^decoder$/, '解码器'],
  [/^head$/, '输出层'],
  [/^(encoder|decoder) and (decoder|head)$/, '$1和$2'],
  [/^(\d+) start at random \(([^)]+)\)$/, '$1 个随机起始（$2）'],
  [
    /^(none starts at random|\d+ start at random \([^)]+\)); (\d+) of the pretraining have no place here \((.+)\)$/,
    '$1；预训练中有 $2 个在此用不到（$3）',
  ],
  [
    /^(.*)\. The first convolution was repeated over channels: the pretraining saw (\d+)$/s,
    '$1。第一层卷积按通道重复：预训练只有 $2 个通道',
  ],
  [
    /^Pretraining ended after (\d+) of (\d+) steps: .*$/,
    '预训练在第 $1 步（共 $2 步）结束：在未用于学习的影像上，网络的正确率已超过 98 %，此任务再学不到什么。',
  ],
  [
    /^With fewer than ten scans all are learnt from, .*$/,
    '影像不足十例，全部用于学习，因此没有测量网络在其他影像上回答得如何。',
  ],
  [
    /^Self-training: before the first step the network labels (?:one scan that has|(\d+) scans that have) no label.*$/,
    '自训练：网络先标注没有标注的影像，再从这些标注和您的标注各学一半。',
  ],
  [
    /^Self-training: after (\d+) of (\d+) steps the network labels .*$/,
    '自训练：第 $1 步（共 $2 步）后，网络标注没有标注的影像，再从这些标注和您的标注各学一半。',
  ],
  [
    /^(.+) can’t be predicted on this computer, so it is not watched while the network learns\.$/,
    '本机无法预测 $1，因此训练时不观察它。',
  ],
  [
    /^Self-training was left out: .*$/,
    '未作自训练：网络对您的标注还掌握不足，不宜标注其他影像。它继续从您的标注学习。',
  ],
  [
    /^The start that the automatic choice prepared has learnt from labels of cases .*$/,
    '自动选择准备的起点已学过此次训练不应知道的标注，因此不用它，从零训练。',
  ],
  // How a training came out (main/services/verdict.ts).
  [
    /^The model is trained\. How good it is isn’t known: .*$/,
    '模型已训练完成。它有多好尚不可知：这需要第二例已标注影像，或一例留作验证的影像。',
  ],
  [
    /^Mean Dice ([\d.]+) on (\d+) validation cases? that training never saw$/,
    '平均 Dice $1（$2 例训练从未见过的验证影像）',
  ],
  [
    /^Mean Dice ([\d.]+) on (\d+) labelled cases? \(each predicted without its own label\)$/,
    '平均 Dice $1（$2 例已标注影像，预测每一例时都不用它自己的标注）',
  ],
  [/^(Mean Dice [^;]*); from scratch ([\d.]+)\.$/, '$1；从零训练为 $2。'],
  [/^(Mean Dice [^;]* (?:never saw|own label\)))\.$/, '$1。'],
  [
    /^The difference \((\S+)\) is within chance for so few cases: .*$/,
    '影像这样少，此差异（$1）可能只是偶然：与从零训练不相上下。',
  ],
  [
    /^That is better than from scratch \((\S+)\); (\d+) cases are few, so take it as a hint\.$/,
    '优于从零训练（$1）；$2 例影像很少，仅供参考。',
  ],
  [
    /^That is worse than from scratch \((\S+)\); (\d+) cases are few, so take it as a hint\.$/,
    '不如从零训练（$1）；$2 例影像很少，仅供参考。',
  ],
  [
    /^There is no twin to compare with: this training itself started from scratch\.$/,
    '没有对照模型可比：本次训练本身就是从零训练。',
  ],
  [
    /^The score was measured without that pretraining, .*$/,
    '评分时没有使用这一预训练，因为它已见过每一例已标注影像的标注：分数应偏低。',
  ],
  [
    /^The pretraining saw the hidden scans, too, .*$/,
    '预训练也见过这些被隐藏的影像（不含标注），因此评分可能略微偏高。',
  ],
  // What computes.
  [/^CPU, (\d+) threads?, (.*)$/, 'CPU，$1 线程，$2'],
  [/^CPU, (\d+) threads?$/, 'CPU，$1 线程'],
  // The connection (shared/api/http.ts).
  [/^Handful is not answering\..*$/, 'Handful 没有响应。如已关闭，请重新启动，并打开它显示的地址。'],
]

/** "The scan {} is gone." as a pattern of the whole sentence. */
const pattern = (english: string): RegExp =>
  new RegExp(`^${english.replace(/[.*+?^$()|[\]\\]/g, '\\$&').replaceAll('{}', '(.+)')}$`, 's')

let known: readonly (readonly [RegExp, string])[] | null = null

/** A sentence of the program, to be shown. */
export function told(sentence: string): string {
  if (language.value !== 'zh') return sentence
  // The more a sentence says itself, the sooner it is tried: "{}: {}" fits nearly everything.
  known ??= [
    ...chinese,
    ...[...refusals, ...importReasons, ...importWarnings]
      .sort(([a], [b]) => b.replaceAll('{}', '').length - a.replaceAll('{}', '').length)
      .map(([english, other]) => [pattern(english), other] as const),
  ]
  return toldWhole(sentence) ?? toldInParts(sentence.split(/(?<=\.) (?=[A-Z0-9])/)) ?? sentence
}

/** Undefined where it is not known. */
function toldWhole(sentence: string): string | undefined {
  for (const [form, other] of known!) {
    const found = form.exec(sentence)
    // What was filled in may be a sentence too.
    if (found) return other.replace(/\$(\d)/g, (_, n: string) => told(found[Number(n)]))
  }
  return undefined
}

/** Several one after the other, as the warnings of a scan; some of them are two sentences that belong together. */
function toldInParts(parts: readonly string[]): string | undefined {
  if (parts.length < 2) return undefined
  for (let first = parts.length - 1; first > 0; first--) {
    const start = toldWhole(parts.slice(0, first).join(' '))
    if (start !== undefined) return start + told(parts.slice(first).join(' '))
  }
  return parts[0] + told(parts.slice(1).join(' '))
}

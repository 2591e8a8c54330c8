/**
 * Why the program says no, in Chinese: the English sentence as `refuse` writes it, {} for what is filled in, and the same in
 * Chinese, $1, $2 … for what was filled in. What was filled in may be a sentence of this list itself.
 */
export const refusals: readonly (readonly [english: string, chinese: string])[] = [
  // Files and folders (main/library/refuse.ts).
  ['{}: you have no permission for it. Choose a folder of your own.', '$1：没有权限。请选择您自己的文件夹。'],
  ['{}: the system does not allow it. Choose a folder of your own.', '$1：系统不允许。请选择您自己的文件夹。'],
  ['{}: the disk can only be read. Choose a folder on another disk.', '$1：磁盘为只读。请选择其他磁盘上的文件夹。'],
  ['{}: the disk is full. Free some space and try again.', '$1：磁盘已满。请释放一些空间后重试。'],
  ['{}: your disk quota is used up. Free some space and try again.', '$1：您的磁盘配额已用完。请释放一些空间后重试。'],
  ['{}: it is not there.', '$1：找不到。'],
  ['{}: a file is where a folder should be.', '$1：应为文件夹的位置是一个文件。'],
  ['{}: it is a folder, not a file.', '$1：它是文件夹，不是文件。'],
  ['{}: something with that name is there already.', '$1：已有同名的文件或文件夹。'],
  ['{}: its name is too long.', '$1：名称过长。'],
  ['{}: its links lead in a circle.', '$1：链接形成了循环。'],
  ['{}: too many files are open at once.', '$1：同时打开的文件过多。'],
  ['{}: the disk could not be read.', '$1：无法读取磁盘。'],
  ['The folder {} could not be opened', '无法打开文件夹 $1'],
  ['The folder {} could not be written', '无法写入文件夹 $1'],
  ['The folder {} could not be made', '无法建立文件夹 $1'],
  ['The file {} could not be written', '无法写入文件 $1'],
  ['The report {} could not be written', '无法写入报告 $1'],
  ['The report could not be written to {}', '无法将报告写入 $1'],
  ['The model could not be written to {}', '无法将模型写入 $1'],
  ['A dropped file could not be copied into the project', '无法将拖入的文件复制到项目中'],
  ['The demo scans could not be copied', '无法复制示例影像'],
  ['The backup in {} could not be written', '无法将备份写入 $1'],
  ['The backup could not be put back into {}', '无法将备份恢复到 $1'],
  ['The project in {} could not be opened', '无法打开 $1 中的项目'],
  ['The project folder {} could not be prepared', '无法准备项目文件夹 $1'],

  // Projects (main/library, main/services/project.ts).
  ['No project is open. Create or open one first.', '没有打开的项目。请先新建或打开一个项目。'],
  ['{} is a file. Choose a folder.', '$1 是文件。请选择文件夹。'],
  [
    'The folder {} is not empty. Choose a new or empty folder for the project.',
    '文件夹 $1 不是空的。请为项目选择一个新的或空的文件夹。',
  ],
  ['There is a project in {} already. Open it, or choose another folder.', '$1 中已有项目。请打开它，或另选文件夹。'],
  ['There is no folder {}.', '没有文件夹 $1。'],
  ['{} is a file, not a project folder.', '$1 是文件，不是项目文件夹。'],
  ['There is no Handful project in {}.', '$1 中没有 Handful 项目。'],
  [
    'This project was made by another version of Handful. Open it once with this one, or update Handful.',
    '此项目由另一版本的 Handful 建立。请先用本版本打开一次，或更新 Handful。',
  ],
  [
    'The file handful.db in this folder was not made by Handful. Choose another folder.',
    '此文件夹中的 handful.db 不是 Handful 建立的。请另选文件夹。',
  ],
  [
    'This project was last used with a newer Handful (format {}; this one knows up to {}). Update Handful to open it.',
    '此项目曾用更新版本的 Handful 打开（格式 $1；本版本最高支持 $2）。请更新 Handful 后再打开。',
  ],
  [
    'The project in {} could not be written. Check the permissions of the folder.',
    '无法写入 $1 中的项目。请检查文件夹的权限。',
  ],
  ['The disk is full. Free some space and try again.', '磁盘已满。请释放一些空间后重试。'],
  ['Another program is using handful.db of this project.', '另一个程序正在使用此项目的 handful.db。'],
  [
    'The index of this project (handful.db) is damaged.{}',
    '此项目的索引（handful.db）已损坏。您的影像和 labels 文件夹中的标注没有受影响。请从 backups 文件夹恢复较早的索引。',
  ],
  [
    'This project is open on another computer ({}, since {}).{}',
    '此项目正在另一台计算机上打开（$1，自 $2）。请先在那里关闭；若那台计算机已不再运行 Handful，请删除项目文件夹中的 handful.lock。',
  ],
  ['This project is open in this program already.', '此项目已在本程序中打开。'],
  ['This project is open in another Handful{}', '此项目已在另一个 Handful 中打开。请先在那里关闭。'],
  ['Another Handful is opening this project just now. Try again.', '另一个 Handful 正在打开此项目。请重试。'],
  ['Another Handful has just opened this project.', '另一个 Handful 刚刚打开了此项目。'],
  ['There is no backup in {}: it holds no handful.db.', '$1 中没有备份：缺少 handful.db。'],
  ['The demo scans are not part of this installation.', '此安装不含示例影像。'],
  ['The demo project could not be made: {}', '无法建立示例项目：$1'],

  // Labels and proposals.
  ['This draft is too large to be kept.', '此草稿过大，无法保存。'],
  ['This label is not in the set any more.', '此标签已不在标签列表中。'],
  ['A version that had this label is not in the project.', '含有此标签的版本不在此项目中。'],
  [
    'The label was begun from a version that is not in this project. Reload the page.',
    '此标注所依据的版本不在此项目中。请重新载入页面。',
  ],
  [
    "The label map has the value {}, which is not in the project's label set.",
    '标注中有数值 $1，它不在此项目的标签列表中。',
  ],
  [
    'The label "{}" is drawn in some cases, so it has to stay in the set.',
    '标签“$1”已在一些影像中使用，因此不能移除。',
  ],
  ['This label version is not in the project.', '此标注版本不在此项目中。'],
  ['Two labels have the value {}. Give each its own.', '两个标签的数值同为 $1。请分别设置。'],
  ['Two labels are called "{}". Give each its own name.', '两个标签同名“$1”。请分别命名。'],
  ['Two labels have the key {}. Give each its own.', '两个标签的快捷键同为 $1。请分别设置。'],
  [
    'This label map was changed outside Handful and no longer matches its record. An earlier version may be whole.',
    '此标注在 Handful 之外被修改过，与记录不符。较早的版本可能是完整的。',
  ],
  ['The label map {} could not be read: {}', '无法读取标注 $1：$2'],
  ['The label map does not fit the grid of this scan. Reload the page.', '标注与此影像的网格不符。请重新载入页面。'],
  ['This proposal is not in the project any more. Reload the page.', '此建议已不在此项目中。请重新载入页面。'],
  ['A newer proposal has come for this scan meanwhile. Look at it first.', '此影像已有更新的建议。请先查看。'],
  ['The proposal has no label {}.', '此建议中没有标签 $1。'],

  // Scans.
  [
    'A training is running: which cases it learns from cannot change now. Cancel it, or wait.',
    '正在训练：现在不能更改用于学习的影像。请取消训练，或等待其完成。',
  ],
  ['This case is not in the project: {}. {}', '此影像不在此项目中：$1。'],
  ['These cases are not in the project: {}. {}', '以下影像不在此项目中：$1。'],
  ['This case is not in the project.', '此影像不在此项目中。'],
  ['This scan is not in the project.', '此影像不在此项目中。'],
  ['This scan is not in the trash any more.', '此影像已不在回收站中。'],
  ['The scan could not be prepared. Import it again.', '无法准备此影像。请重新导入。'],
  [
    'The scan {} is no longer where it was imported from ({}). Put it back, connect the disk, or import it again from its new place.',
    '影像 $1 已不在导入时的位置（$2）。请放回原处、连接磁盘，或从新位置重新导入。',
  ],
  ['The scan {} could not be read again: {}', '无法再次读取影像 $1：$2'],
  ['The scan {} could not be prepared.', '无法准备影像 $1。'],
  ['The scan of {} is not in the project any more.', '$1 的影像已不在此项目中。'],
  [
    'The scan {} has changed since it was imported. Put the old file back, or import the new one as a scan of its own.',
    '影像 $1 在导入之后被更改过。请放回原来的文件，或将新文件作为新的影像导入。',
  ],

  // Work that is going on.
  ['A training is running. Cancel it before {}.', '正在训练。请先取消训练。'],
  ['Work is still going on. Wait for it, or cancel it, before {}.', '还有任务正在进行。请等待其完成，或先取消。'],
  ['This job is not known any more.', '此任务已不存在。'],
  ['Cancelled. Until then: {}', '已取消。在此之前：$1'],
  ['Cancelled; the case is as it was.', '已取消；影像保持原样。'],
  ['Cancelled; {}', '已取消；$1'],
  ['Cancelled.', '已取消。'],
  ['The process could not be started.', '无法启动进程。'],
  ['The process ended unexpectedly (code {}).', '进程意外结束（代码 $1）。'],
  [
    'The process was ended from outside, often because the computer ran out of memory.',
    '进程被外部终止，通常是因为计算机内存不足。',
  ],
  ['The process ended without a result.', '进程结束时没有结果。'],
  [
    'The computer ran out of memory. Close other programs, or use fewer or smaller scans.',
    '计算机内存不足。请关闭其他程序，或使用较少或较小的影像。',
  ],

  // Importing and dropping.
  [
    'A dropped file has a name that can’t be kept. Give it a plain name, without signs such as : ? * or a dot at its end.',
    '拖入的文件名无法保留。请改用普通名称，不含 : ? * 等符号，也不以点结尾。',
  ],
  ['There is no report of this import.', '此次导入没有报告。'],
  [
    'This case is not made of several scans: its channels come from one file or series.',
    '此影像不是由多个影像组成的：其各通道来自同一文件或序列。',
  ],
  ['The channels could not be read as scans of their own. {}', '各通道无法作为单独的影像读取。$1'],
  ['{} What was read until then is kept ({})', '$1 在此之前读取的内容已保留（$2）'],
  [
    'The disk is full. Free some space and import again; what was read so far is kept.',
    '磁盘已满。请释放一些空间后重新导入；已读取的内容会保留。',
  ],
  [
    'The import stopped because of a fault in Handful. What was read so far is kept.',
    '导入因 Handful 的故障而停止。已读取的内容会保留。',
  ],
  ['The import was cancelled.', '导入已取消。'],

  // What a job is at, and how it ended.
  ['Looking for files', '正在查找文件'],
  ['Reading DICOM headers', '正在读取 DICOM 文件头'],
  ['Reading DICOM labels', '正在读取 DICOM 标注'],
  ['Reading DICOM series', '正在读取 DICOM 序列'],
  ['Reading label maps', '正在读取标注'],
  ['Reading scans', '正在读取影像'],
  ['Unpacking archives', '正在解压'],
  ['Exporting', '正在导出'],
  ['Checking scans', '正在检查影像'],
  ['{} label map written to {}.', '已将 $1 个标注写入 $2。'],
  ['{} label maps written to {}.', '已将 $1 个标注写入 $2。'],
  ['{} label map written to {}. {} left out. {}', '已将 $1 个标注写入 $2。$3 个未写出。$4'],
  ['{} label maps written to {}. {} left out. {}', '已将 $1 个标注写入 $2。$3 个未写出。$4'],
  [
    '{} scans instead of the {} channels of {}, which is in the trash.',
    '已得到 $1 例影像，代替 $3 的 $2 个通道；原影像在回收站中。',
  ],
  [
    'All is well: {} scans ({} files) and {} label versions checked.',
    '一切正常：已检查 $1 例影像（$2 个文件）和 $3 个标注版本。',
  ],
  ['This failed because of a fault in Handful: {}', '因 Handful 的故障而失败：$1'],

  // Exporting.
  ['Its label map is empty, and a DICOM object of labels cannot be.', '其标注为空，而 DICOM 标注对象不能为空。'],
  [
    '{} is the scan itself. Choose another folder, so that it isn’t overwritten.',
    '$1 就是影像本身。请另选文件夹，以免覆盖。',
  ],
  [
    'Its scan is NIfTI, so there is no series that a DICOM object could belong to. Export NIfTI instead.',
    '其影像为 NIfTI，没有 DICOM 对象可以归属的序列。请改为导出 NIfTI。',
  ],
  ['{} is a scan and would be overwritten. Choose another --output.', '$1 是影像，会被覆盖。请另选文件夹。'],
  ['It has no label map.', '它没有标注。'],
  ['It has no proposal.', '它没有建议。'],
  ['It has neither a label map nor a proposal.', '它既没有标注，也没有建议。'],

  // Models.
  ['This is no Handful model (.handful-model).', '这不是 Handful 模型（.handful-model）。'],
  [
    'This model was written by a newer Handful. Update Handful to use it.',
    '此模型由更新版本的 Handful 写出。请更新 Handful。',
  ],
  ['This model file is damaged: copy it again from where it came from.', '此模型文件已损坏：请从原处重新复制。'],
  ['This file holds no segmentation model.', '此文件中没有分割模型。'],
  ['This model is not in the trash any more.', '此模型已不在回收站中。'],
  ['This model is not in the trash. Delete it first.', '此模型不在回收站中。请先删除它。'],
  ['The weights of this model are gone: it was deleted for good.', '此模型的权重已不存在：它已被彻底删除。'],
  [
    "The model's labels ({}) are not this project's ({}). Import it into a project with the same labels.",
    '模型的标签（$1）与此项目的标签（$2）不同。请导入到标签相同的项目中。',
  ],
  ['A model file of more than 2 GB is none of Handful’s.', '超过 2 GB 的模型文件不是 Handful 的。'],
  ['There is no model {} in this project. {}', '此项目中没有模型 $1。'],
  ['{} ({})', '$1（$2）'],
  ['Predicting failed.', '预测失败。'],
  ['{} of {} cases predicted.', '已预测 $1 / $2 例影像。'],

  // Training.
  ['Pretraining needs at least one case. Import scans first.', '预训练至少需要一例影像。请先导入影像。'],
  ['Pretraining needs at least one scan.', '预训练至少需要一例影像。'],
  ['The automatic choice is not for the recipe "paper". Choose one of: {}.', '自动选择不适用于论文方案。请选择：$1。'],
  [
    'Masked restoration is not among the paper\'s tasks. For the recipe "paper" choose one of: {}.',
    '“复原被遮挡的部分”不在论文的任务之列。使用论文方案时请选择：$1。',
  ],
  ['Fine-tuning needs at least one labelled case.', '微调至少需要一例已标注影像。'],
  ['The project has no labels yet. Make a label set first.', '此项目还没有标签。请先建立标签。'],
  ['{} is not a pretraining run. Choose one that is, or "scratch".', '$1 不是预训练。请另选，或选择从零训练。'],
  [
    'The pretraining {} has not finished ({}). Resume it first, or start from "scratch".',
    '预训练 $1 尚未完成（$2）。请先继续它，或从零训练。',
  ],
  ['There is nothing to predict.', '没有可以预测的影像。'],
  ['There is no labelled case to evaluate on.', '没有可用于评估的已标注影像。'],
  [
    'This case has no label map: {}. Label them, or import their label maps.',
    '此影像没有标注：$1。请标注，或导入标注。',
  ],
  [
    'These cases have no label map: {}. Label them, or import their label maps.',
    '以下影像没有标注：$1。请标注，或导入标注。',
  ],
  ['A run is going on already. Wait for it, or cancel it.', '已有任务正在运行。请等待，或取消它。'],
  ['There is no run {} in this project.', '此项目中没有运行 $1。'],
  ['The run {} has finished; there is nothing to resume.', '运行 $1 已完成，无需继续。'],
  [
    "The folder of run {} is missing, so it can't go on. Start a new one.",
    '运行 $1 的文件夹不存在，无法继续。请重新开始。',
  ],
  ['The process {} is still working on this run. End it first.', '进程 $1 仍在处理此运行。请先结束它。'],
  ['An earlier stage of this training is missing. Start a new training.', '此次训练缺少之前的阶段。请重新训练。'],
  ['The model of this training is missing. Start a new training.', '此次训练的模型不存在。请重新训练。'],
  ['This training is not running.', '此训练没有在运行。'],
  ['This training is not in the project.', '此训练不在此项目中。'],
  ['This training has finished; there is nothing to resume.', '此训练已完成，无需继续。'],
  [
    'There is no training {} in this project. "handful status" lists its runs; name one that Train has made.',
    '此项目中没有训练 $1。',
  ],
  [
    "The cached scan of {} can't be read. Open the project again to rebuild it.",
    '无法读取 $1 的缓存影像。请重新打开项目以重建。',
  ],
  [
    'The cached scan of {} has the wrong size. Open the project again to rebuild it.',
    '$1 的缓存影像大小有误。请重新打开项目以重建。',
  ],
  ['The label of {} does not fit its scan.', '$1 的标注与其影像不符。'],
  ['The plan of this run is missing. Start a new run.', '此运行缺少计划。请重新开始。'],
  ['{} of the pretraining is damaged. Pretrain again.', '预训练的 $1 已损坏。请重新预训练。'],
  [
    'The labelled cases mark no voxel of any label: there is nothing to learn. Paint at least one.',
    '已标注的影像中没有任何标签的体素，没有可学习的内容。请至少勾画一处。',
  ],
  [
    'An estimate needs at least two labelled cases: one to learn from, one to measure on.',
    '估计至少需要两例已标注影像：一例用于学习，一例用于评估。',
  ],
  ['{} has no label to compare with.', '$1 没有可比较的标注。'],
  ['These cases have no label: {}.', '以下影像没有标注：$1。'],
  [
    'The checkpoint of this run was written under other settings, or for another number of processor threads. Start a new run instead of resuming this one.',
    '此运行的检查点是在其他设置或其他线程数下写出的。请重新开始，而不是继续。',
  ],
  [
    'The run to start from has no plan: it never got as far as training. Choose another one.',
    '所选的起点没有计划：它从未开始训练。请另选。',
  ],
  ['plan.json of the run is damaged. Start a new run.', '此运行的 plan.json 已损坏。请重新开始。'],
  ['This run has no model yet: it has not finished. Resume it first.', '此运行还没有模型：尚未完成。请先继续它。'],
  [
    'This model has no best weights: no validation case was watched while it learnt. Use the last.',
    '此模型没有最佳权重：学习时没有观察验证影像。请使用最后的权重。',
  ],
  ['This run holds no segmentation model. Choose a fine-tuned one.', '此运行中没有分割模型。请选择微调得到的模型。'],
  ['Not every scan was predicted. {}', '有影像未能预测。$1'],
  ['The weights of this model do not fit its plan: the file is damaged.', '此模型的权重与计划不符：文件已损坏。'],
  ['{} is too large: predicting it needs {} GB of free memory.', '$1 过大：预测它需要 $2 GB 可用内存。'],
  ['There is no pretext task "{}" {}. Choose one of: {}.', '没有预训练任务“$1”。请选择：$3。'],
  [
    'The pretraining to start from has not finished: it left no model. Resume it first.',
    '作为起点的预训练尚未完成，没有留下模型。请先继续它。',
  ],
  ['The model of the pretraining is damaged. Pretrain again.', '预训练的模型已损坏。请重新预训练。'],
  ['The pretrained encoder does not fit this network ({}).', '预训练的编码器与此网络不符（$1）。'],
  [
    'Self-training needs training cases besides those that are learnt from. Import further scans, or leave it out.',
    '自训练需要除学习所用之外的训练影像。请导入更多影像，或不使用自训练。',
  ],
  [
    'The constants of the paper’s fine-tuning are for a network of the recipe "paper". Start from such a pretraining, or leave them out.',
    '论文微调的常数只用于论文方案的网络。请从这样的预训练开始，或不使用这些常数。',
  ],
  [
    'Self-training is no part of the recipe "paper". Start from another pretraining.',
    '论文方案不含自训练。请从其他预训练开始。',
  ],
  [
    'The disk is full: scans that do not fit in memory are kept there while it learns. Free some space, or use fewer scans.',
    '磁盘已满：学习时内存放不下的影像会存放在磁盘上。请释放一些空间，或使用较少的影像。',
  ],
  ['{} of this run is missing. Start a new run.', '此运行缺少 $1。请重新开始。'],
  ['It can be resumed where it stopped.', '可以从停止处继续。'],
  ['Handful was closed while this was running. It can be resumed.', '运行期间 Handful 被关闭。可以继续。'],
  ['Handful ended while this was running. It can be resumed.', '运行期间 Handful 被结束。可以继续。'],
  ['Paused. Processor and memory are free until it is resumed.', '已暂停。继续之前不占用处理器和内存。'],
  ['Cancelled. It can be resumed where it stopped.', '已取消。可以从停止处继续。'],
  ['Training stopped because of an unexpected error.', '训练因意外错误而停止。'],
]

/** The server's sentences in Simplified Chinese: by their code, and those about settings by their form. */

export const serverErrors: Record<string, string> = {
  'missing-run': '该运行已不在文件夹中：它被移走或删除了。',
  'no-log': '无法读取该运行的日志。',
  'not-in-training': '该运行不在训练中，请先恢复。',
  'in-training': '该运行已在训练中。',
  steered: '其他人刚刚控制了此运行，请查看后再操作。',
  'too-many-pages': '打开的页面太多。请关闭一些，然后刷新本页。',
  'too-many-trainings': '从本页启动的训练太多。请等待，或停止其中一个。',
  'unknown-job': '服务器不认识这个启动任务，请查看运行列表。',
  'name-taken': '该名称已被使用，请另取名称。',
  'name-length': '名称须为 1 到 100 字节的文本。',
  'name-letters': '名称可用字母、数字、空格、- 和 _；不能含 / \\ : * ? " < > |，也不能以点开头。',
  'name-reserved': '该名称像文件名，或由 ganarium 自己使用，请另取名称。',
  'no-checkpoint': '该步及之前没有检查点，请选择保留的步。',
  'damaged-run': '该运行的设置文件已损坏或无法读取，请恢复原文件。',
  'single-run': '本页只显示一个运行。请对包含它的文件夹运行 ganarium watch。',
  steps: '步数须为大于 0 的整数。',
  token: '令牌缺失或错误。请从 ganarium watch 的终端复制。',
  'read-only': '此页面为只读。要作更改，请不带 --read-only 启动 ganarium watch。',
  'too-large': '请求太大，至多 1 MiB。',
};

/** English sentences about settings, and their translations with the parts in brackets. */
export const settingErrors: readonly (readonly [RegExp, string])[] = [
  [/^([\w.-]+)=.*: input should be greater than or equal to (\S+)$/, '$1：至少为 $2。'],
  [/^([\w.-]+)=.*: input should be greater than (\S+)$/, '$1：必须大于 $2。'],
  [/^([\w.-]+)=.*: input should be less than or equal to (\S+)$/, '$1：至多为 $2。'],
  [/^([\w.-]+)=.*: input should be less than (\S+)$/, '$1：必须小于 $2。'],
  [/^([\w.-]+)=.*: input should be a valid integer.*$/, '$1：必须是整数。'],
  [/^([\w.-]+)=.*: input should be a valid number.*$/, '$1：必须是数字。'],
  [/^([\w.-]+)=.*: input should be a finite number$/, '$1：必须是有限的数字。'],
  [/^([\w.-]+)=.*: input should be a valid boolean.*$/, '$1：必须是 true 或 false。'],
  [/^([\w.-]+)=.*: input should be a valid (?:tuple|list).*$/, '$1：必须是用逗号分隔的列表。'],
  [/^([\w.-]+)=.*: must be (.+)$/, '$1：必须是 $2。'],
  [/^([\w.-]+): unknown name '(.*)'; available: (.+)$/, '$1：没有名为“$2”的选项；可选：$3。'],
  [/^([\w.-]+): unknown name '(.*)'; did you mean (.+)\?$/, '$1：没有名为“$2”的选项；您是否想用 $3？'],
  [/^no setting named '(.*)'; did you mean (.+)\?$/, '没有名为 $1 的设置；您是否想用 $2？'],
  [/^no setting named '(.*)'.*$/, '没有名为 $1 的设置。'],
  [/^'(.*)' is not a setting; .*$/, '“$1”不是设置；请写成 a.b=值，例如 optim.lr=1e-3。'],
  [/^no recipe named '(.*?)'.*$/, '没有名为“$1”的配方。'],
  [/^train: training needs a limit; .*$/, '训练需要一个上限：请设置 train.steps 或 train.seconds。'],
];

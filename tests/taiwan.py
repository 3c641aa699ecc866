"""How readers in Taiwan write: what tests of the bot's words and of the console's refuse."""

import re

# What readers in Taiwan would not write. 菜單 is refused in what the bot says; the rich menu is 選單 or 圖文選單.
REFUSED_WORDS = (
    "信息", "用戶", "默認", "發送", "點擊", "鏈接", "菜單", "賬號", "登錄", "保存", "搜索", "回復", "屏幕", "視頻",
    "隊列", "批量",
)  # fmt: skip
HAN = r"[\u3400-\u4dbf\u4e00-\u9fff]"
HALF_WIDTH_BESIDE_HAN = re.compile(rf"{HAN}[,?!:;]|[,?!:;]{HAN}")

"""The program's own sentences and words to type, which a playbook may override under `phrases` and `keywords`.

Sentences are Liquid like every other text; what they may use besides the usual names stands in a comment
above them. The Chinese ones address nobody as 您 or 你, so that they suit either kind of playbook.
"""

from collections.abc import Mapping
from types import MappingProxyType

from content.text import Text, pick


def _in(zh_tw: str, ja: str, en: str) -> Text:
    return {"zh-TW": zh_tw, "ja": ja, "en": en}


_ASKING = {
    # Labels of the buttons below a question: at most 20 characters, LINE's limit for a template's button.
    "done": _in("選好了", "選択完了", "Done"),
    "skip": _in("略過", "スキップ", "Skip"),
    "back": _in("上一題", "前の質問へ", "Back"),
    "cancel": _in("取消", "やめる", "Cancel"),
    "pick_date": _in("選擇日期", "日付を選ぶ", "Pick a date"),
    "pick_time": _in("選擇時間", "時間を選ぶ", "Pick a time"),
    "pick_datetime": _in("選擇日期與時間", "日時を選ぶ", "Pick a date and time"),
    "take_photo": _in("拍照", "写真を撮る", "Take a photo"),
    "from_album": _in("從相簿選", "アルバムから選ぶ", "Choose from album"),
    "send_location": _in("傳送位置", "位置情報を送る", "Send location"),
    "choose_hint": _in(
        "請從下面的選項選一個，或直接輸入選項的文字：",
        "下の選択肢からお選びください。選択肢の文字を入力していただいてもかまいません。",
        "Please tap one of the options below, or type one of them:",
    ),
    "choose_hint_multiple": _in(
        "請從下面選擇，可以選好幾個，選完請按「選好了」：",
        "下から当てはまるものをお選びください（複数可）。終わりましたら「選択完了」を押してください。",
        "Please choose from the options below, as many as you like, then tap Done:",
    ),
    # chosen: the labels so far, as a list in words
    "chosen_so_far": _in(
        "目前選了：{{ chosen }}。還可以繼續選，選完請按「選好了」。",
        "選択中：{{ chosen }}。続けて選べます。終わりましたら「選択完了」を押してください。",
        "So far: {{ chosen }}. Choose more, or tap Done.",
    ),
    "choose_at_least_one": _in(
        "還沒有選任何一項，請至少選一個：",
        "まだ何も選ばれていません。1つ以上お選びください。",
        "Nothing is chosen yet. Please choose at least one:",
    ),
    "removed_from_chosen": _in(
        "已取消「{{ choice }}」。", "「{{ choice }}」を外しました。", "Removed: {{ choice }}."
    ),
}

_INVALID = {
    # min, max: the question's bounds where it has them
    "invalid_text": _in(
        "請用文字輸入，謝謝。", "文字でご入力をお願いいたします。", "Please type your answer as text."
    ),
    "invalid_text_short": _in(
        "內容好像太短了，請至少輸入 {{ min }} 個字。",
        "文字数が足りないようです。{{ min }}文字以上でご入力ください。",
        "That looks too short. Please type at least {{ min }} characters.",
    ),
    "invalid_text_long": _in(
        "內容有點長，請縮短到 {{ max }} 個字以內。",
        "少し長いようです。{{ max }}文字以内でご入力ください。",
        "That is a little long. Please keep it within {{ max }} characters.",
    ),
    "invalid_number": _in(
        "請輸入數字{% if min and max %}（{{ min }} 到 {{ max }}）"
        "{% elsif min %}（{{ min }} 以上）{% elsif max %}（{{ max }} 以下）{% endif %}，例如 2。",
        "数字でご入力ください{% if min and max %}（{{ min }}～{{ max }}）"
        "{% elsif min %}（{{ min }}以上）{% elsif max %}（{{ max }}以下）{% endif %}。",
        "Please enter a number{% if min and max %} from {{ min }} to {{ max }}"
        "{% elsif min %} of {{ min }} or more{% elsif max %} of {{ max }} or less{% endif %}.",
    ),
    "invalid_date": _in(
        "日期好像不對，請按「選擇日期」，或像 2027/3/1 這樣輸入。",
        "日付を読み取れませんでした。「日付を選ぶ」を押すか、2027/3/1 のようにご入力ください。",
        "That date did not work. Please tap “Pick a date”, or type it like 2027/3/1.",
    ),
    "invalid_date_range": _in(
        "請選擇 {{ min }} 到 {{ max }} 之間的日期。",
        "{{ min }}から{{ max }}までの日付をお選びください。",
        "Please choose a date from {{ min }} to {{ max }}.",
    ),
    "invalid_time": _in(
        "時間好像不對，請按「選擇時間」，或像 14:30 這樣輸入。",
        "時間を読み取れませんでした。「時間を選ぶ」を押すか、14:30 のようにご入力ください。",
        "That time did not work. Please tap “Pick a time”, or type it like 14:30.",
    ),
    "invalid_datetime": _in(
        "時間好像不對，請按「選擇日期與時間」再選一次。",
        "日時を読み取れませんでした。「日時を選ぶ」からもう一度お選びください。",
        "That did not work. Please tap “Pick a date and time” and choose again.",
    ),
    "invalid_datetime_range": _in(
        "請選擇 {{ min }} 到 {{ max }} 之間的時間。",
        "{{ min }}から{{ max }}までの日時をお選びください。",
        "Please choose a time from {{ min }} to {{ max }}.",
    ),
    "invalid_time_range": _in(
        "這個時間不在服務時間內，麻煩再選一次。",
        "恐れ入りますが、営業時間外です。もう一度お選びください。",
        "That is outside our opening hours. Please choose another time.",
    ),
    "invalid_phone": _in(
        "電話格式好像不對，請輸入 10 碼手機號碼，例如 0912345678。",
        "電話番号の形式が正しくないようです。0912345678 のように10桁の携帯電話番号をご入力ください。",
        "That phone number does not look right. Please enter a 10-digit mobile number, e.g. 0912345678.",
    ),
    "invalid_email": _in(
        "電子郵件格式好像不對，請再輸入一次，例如 name@example.com。",
        "メールアドレスの形式が正しくないようです。name@example.com のようにご入力ください。",
        "That email address does not look right. Please try again, e.g. name@example.com.",
    ),
    "invalid_pattern": _in(
        "格式好像不對，麻煩再輸入一次。",
        "入力の形式が正しくないようです。もう一度ご入力ください。",
        "That does not look right. Please type it once more.",
    ),
    "invalid_photo": _in(
        "請傳一張照片，可以拍照或從相簿選。",
        "写真を1枚お送りください。撮影することも、アルバムから選ぶこともできます。",
        "Please send a photo: take one now or choose one from your album.",
    ),
    "invalid_location": _in(
        "請按「傳送位置」分享所在位置。",
        "「位置情報を送る」から場所をお知らせください。",
        "Please tap “Send location” to share where you are.",
    ),
}

_SUMMARY = {
    "summary_title": _in("請確認填寫的內容", "ご入力内容をご確認ください", "Please check your answers"),
    "confirm": _in("正確", "この内容で送信", "That's right"),
    "change": _in("修改一項", "1項目だけ直す", "Change one"),
    "restart": _in("重新填寫", "最初からやり直す", "Start over"),
    "which_to_change": _in(
        "想修改哪一項呢？", "どの項目を直しますか？", "Which one would you like to change?"
    ),
    "confirm_hint": _in(
        "請按下面的按鈕確認；想更改時，請按「修改一項」。",
        "下のボタンでご確認ください。直したいときは「1項目だけ直す」を押してください。",
        "Please use the buttons below: confirm, or tap “Change one” to correct something.",
    ),
}

_RUN = {
    "cancelled": _in(
        "好的，已經取消，剛才的內容不會留下。想繼續時，隨時可以再開始。",
        "キャンセルしました。ここまでの内容は保存されません。またいつでもお始めいただけます。",
        "Cancelled; what you entered is not kept. You can start again whenever you like.",
    ),
    # When the last answer is given and the ending says nothing.
    "completed": _in(
        "好的，都記下來了，謝謝！",
        "承りました。ご回答ありがとうございました。",
        "Thank you, that is all noted.",
    ),
    # question: the question that is still open
    "resume": _in(
        "剛才的問題還沒填完，我們從這裡繼續：",
        "先ほどの続きから始めます。",
        "Let's carry on where you left off:",
    ),
    # title: the questionnaire that is still open
    "unfinished": _in(
        "「{{ title }}」還沒填完，要繼續嗎？",
        "「{{ title }}」が途中です。続けますか？",
        "“{{ title }}” is not finished yet. Carry on?",
    ),
    "continue": _in("繼續填寫", "続ける", "Carry on"),
    "expired": _in(
        "剛才的填寫隔得比較久，已經先結束了。想繼續的話，請重新開始。",
        "しばらく間が空いたため、先ほどの入力は終了しました。お手数ですが、もう一度お始めください。",
        "It has been a while, so that form was closed. Please start again when you are ready.",
    ),
    "start_again": _in("重新開始", "もう一度始める", "Start again"),
    "nothing_to_reuse": _in(
        "找不到之前的內容，我們重新開始：",
        "以前の内容が見つからないため、最初からお伺いします。",
        "There is nothing saved from before, so let's start fresh:",
    ),
    "old_button": _in(
        "這是先前的按鈕，答案已經記下來了。我們繼續目前這一題：",
        "こちらは以前のボタンです。回答はすでに承っています。いまの質問を続けましょう。",
        "That button is from an earlier question; your answer is already saved. Let's carry on with this one:",
    ),
    "old_button_idle": _in(
        "這是先前的按鈕，已經不能用了。需要什麼服務，請從選單選擇。",
        "こちらは以前のボタンのため、ご利用いただけません。ご用件はメニューからお選びください。",
        "That button is from an earlier conversation and no longer works. Please choose from the menu.",
    ),
    "too_late": _in(
        "這份內容已經送出，不能再修改。需要更改時，請重新填寫或聯絡專員。",
        "すでに送信済みのため変更できません。変更される場合は、もう一度ご入力いただくか担当者へご連絡ください。",
        "This has already been sent and cannot be changed. To correct it, fill it in again or ask a person.",
    ),
}

_HUMAN = {
    "offer_human": _in(
        "要請專員直接協助嗎？", "担当者が直接ご案内いたしましょうか？", "Would you like a person to help you?"
    ),
    "human_yes": _in("請專員協助", "担当者に相談する", "Yes, please"),
    "human_no": _in("先不用", "今はいいです", "Not now"),
    "human_declined": _in(
        "好的，有需要時輸入「專人」就可以了。",
        "承知いたしました。ご入用の際は「オペレーター」とご入力ください。",
        "All right. Type “human” whenever you need one.",
    ),
    "handed_over": _in(
        "接下來由專員在這裡回覆。想回到自動服務，請按「回到小幫手」。",
        "ここからは担当者がこのトークでお返事いたします。"
        "自動応答に戻すには「自動応答に戻る」を押してください。",
        "From here on a person will answer you in this chat. To return to the bot, tap “Back to the bot”.",
    ),
    "handed_over_closed": _in(
        "已經轉給專員了。現在是非服務時間，專員會在 {{ opens_at }} 上班後依序回覆。",
        "担当者へ引き継ぎました。ただいま営業時間外のため、{{ opens_at }}の営業開始後に順番にお返事いたします。",
        "We have passed this on. We are closed just now; a person will answer in turn from {{ opens_at }}.",
    ),
    # user: the name of the staff user
    "phone_paired": _in(
        "已綁定{% if user %}「{{ user }}」的{% endif %}手機，測試訊息會傳到這裡。",
        "{% if user %}{{ user }}さんの{% endif %}端末を登録しました。テスト送信はこちらに届きます。",
        "This phone is paired{% if user %} with {{ user }}{% endif %}; test sends will arrive here.",
    ),
    "back_to_bot": _in("回到小幫手", "自動応答に戻る", "Back to the bot"),
    "bot_is_back": _in(
        "小幫手回來了！需要什麼服務，請從選單選擇，或直接輸入問題。",
        "自動応答に戻りました。ご用件はメニューからお選びいただくか、そのままご入力ください。",
        "The bot is back! Choose from the menu, or just type your question.",
    ),
}

_SATISFACTION = {
    # When a ticket is solved. The three answers are labels of buttons.
    "satisfaction_ask": _in(
        "這次的服務先到這裡，小幫手回來了。這次的服務還滿意嗎？",
        "このたびのご案内は以上です。ここからは自動応答に戻ります。今回の対応はいかがでしたか？",
        "That is all for this time, and the bot is back. How was our service?",
    ),
    "satisfaction_good": _in("很滿意", "満足", "Good"),
    "satisfaction_fair": _in("普通", "ふつう", "So-so"),
    "satisfaction_bad": _in("不滿意", "不満", "Not good"),
    "satisfaction_thanks": _in(
        "謝謝回饋，很高興能幫上忙！",
        "ご回答ありがとうございます。お役に立てて何よりです。",
        "Thank you for telling us. We are glad we could help!",
    ),
    "satisfaction_noted": _in(
        "謝謝回饋，我們會繼續改進。",
        "ご回答ありがとうございます。今後の対応に活かしてまいります。",
        "Thank you for telling us. We will keep improving.",
    ),
    "satisfaction_sorry": _in(
        "很抱歉，這次沒有做好。要請專員再協助嗎？",
        "ご期待に沿えず申し訳ございません。改めて担当者がご案内いたしましょうか？",
        "We are sorry this did not go well. Would you like a person to help you again?",
    ),
    "satisfaction_again": _in(
        "謝謝，先前的評分已經記下來了。",
        "ありがとうございます。ご評価はすでに承っております。",
        "Thank you. Your rating is already saved.",
    ),
}

_SHOWING = {
    "menu_title": _in("需要什麼服務呢？", "ご用件をお選びください", "What can we do for you?"),
    "nothing_to_show": _in(
        "目前沒有可以顯示的項目。",
        "現在ご案内できるものがございません。",
        "There is nothing to show at the moment.",
    ),
    # count: how many
    "cards_alt": _in("共 {{ count }} 個項目", "{{ count }}件のご案内", "{{ count }} to look at"),
}

PHRASES: Mapping[str, Text] = MappingProxyType(
    {**_ASKING, **_INVALID, **_SUMMARY, **_RUN, **_HUMAN, **_SATISFACTION, **_SHOWING}
)
"""Every sentence by key, in zh-TW, ja and en."""

KEYWORDS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "menu": ("選單", "menu", "メニュー", "메뉴"),
        "human": ("專人", "真人", "專員", "真人客服", "專人服務", "人工", "人工客服", "human", "agent", "オペレーター", "担当者", "상담원"),
        "bot": ("回到小幫手", "小幫手", "bot", "ボット", "自動応答に戻る", "back to the bot", "챗봇"),
        "cancel": ("取消", "cancel", "やめる", "キャンセル", "취소"),
        "back": ("上一題", "返回", "back", "前の質問へ", "戻る", "뒤로"),
        "done": ("選好了", "完成", "done", "選択完了", "完了", "완료"),
        "skip": ("略過", "跳過", "skip", "スキップ", "건너뛰기"),
    }
)  # fmt: skip
"""What customers may type whole, by what they ask for with it; matched like auto-replies, blind to width and case."""


def phrase(key: str, content_phrases: Mapping[str, Text], language: str | None, default: str) -> str:
    """Return the sentence `key` as Liquid source for a reader of `language`, the playbook's own wording first.

    :raises KeyError: no such sentence; the check of a playbook refuses unknown keys beforehand.
    """
    return pick(content_phrases.get(key) or PHRASES[key], language, default)

"""One of everything our builders make, for the tests that hold them against LINE's own models."""

from collections.abc import Mapping
from datetime import date, datetime, time

from line import actions, flex, imagemap, messages, templates
from line.actions import Action
from line.messages import Message

PICTURE_URL = "https://shop.example/pictures/%E5%A5%97%E6%88%BF.jpg"

ACTIONS: tuple[Action, ...] = (
    actions.postback(
        "台北市", "q1:c=taipei", display_text="台北市", input_option="openKeyboard", fill_in_text="中山區"
    ),
    actions.message("專人服務", "專人"),
    actions.uri("隱私權政策", "https://shop.example/privacy", desktop_address="https://shop.example/pc"),
    actions.clipboard("複製", "HOME2027"),
)
PICKER = actions.datetime_picker(
    "選擇日期",
    "q1:q=move_in",
    mode="date",
    initial=date(2027, 3, 1),
    earliest=date(2026, 11, 21),
    latest="2027-11-21",
)


def everything_a_box_can_hold() -> flex.Component:
    link = actions.uri(None, "https://shop.example/")
    return flex.box(
        "vertical",
        [
            flex.text(
                "中山國小站 電梯兩房",
                action=link,
                flex=1,
                size="xl",
                color="#112233",
                weight="bold",
                style="italic",
                decoration="underline",
                align="start",
                gravity="center",
                wrap=True,
                max_lines=2,
                line_spacing="4px",
                margin="md",
                position="relative",
                offset_top="2px",
                offset_bottom="none",
                offset_start="5%",
                offset_end="xs",
                adjust_mode="shrink-to-fit",
                scaling=True,
            ),
            flex.rich_text(
                [
                    flex.span("22,000 元", size="lg", color="#FF0000", weight="bold"),
                    flex.span("／月", style="normal", decoration="none"),
                ]
            ),
            flex.box(
                "baseline",
                [
                    flex.icon(PICTURE_URL, size="sm", aspect_ratio="1:1", margin="sm", scaling=False),
                    flex.text("4.5"),
                ],
                spacing="sm",
            ),
            flex.separator(margin="lg", color="#CCCCCC"),
            flex.image(
                PICTURE_URL,
                action=link,
                flex=0,
                align="center",
                gravity="top",
                size="full",
                aspect_ratio="20:13",
                aspect_mode="cover",
                background_color="#FFFFFF",
                animated=True,
            ),
            flex.button(
                actions.postback("預約看房", "card:home-1"),
                flex=1,
                color="#00AA55",
                style="primary",
                gravity="bottom",
                height="sm",
                margin="12px",
                adjust_mode="shrink-to-fit",
                scaling=True,
            ),
            {"type": "filler", "flex": 2},
        ],
        action=link,
        flex=1,
        spacing="md",
        background_color="#FFFFFF80",
        border_color="#000000",
        border_width="semi-bold",
        corner_radius="8px",
        width="100%",
        max_width="300px",
        height="200px",
        max_height="90%",
        padding_all="lg",
        padding_top="10px",
        padding_bottom="10%",
        padding_start="none",
        padding_end="xxl",
        justify_content="space-between",
        align_items="flex-end",
        background=flex.linear_gradient(45, "#112233", "#445566", centre="#778899", centre_percent=30),
    )


def a_bubble() -> flex.Container:
    return flex.bubble(
        header=flex.box("horizontal", [flex.text("好窩租屋")]),
        hero=flex.image(PICTURE_URL, size="full"),
        body=everything_a_box_can_hold(),
        footer=flex.box("vertical", []),
        size="kilo",
        direction="ltr",
        styles={"header": {"background_color": "#EEEEEE", "separator": True, "separator_color": "#DDDDDD"}},
        action=actions.message(None, "看看這間"),
    )


def a_video_bubble() -> flex.Container:
    return flex.bubble(
        hero=flex.video(
            "https://shop.example/tour.mp4",
            preview_url=PICTURE_URL,
            alt_content=flex.image(PICTURE_URL),
            aspect_ratio="16:9",
            action=actions.uri("看更多", "https://shop.example/"),
        )
    )


def a_column(words: str) -> templates.Column:
    picture = templates.Picture(PICTURE_URL, background="#FFFFFF")
    return templates.Column(words, ACTIONS[:2], "兩房", picture, ACTIONS[2])


AREA = imagemap.Area(0, 0, 520, 1040)

MESSAGES: Mapping[str, Message] = {
    "text": messages.text("您好，歡迎加入好窩租屋！", quote_token="yHAz4Ua2wx7"),
    "text with emojis": messages.text(
        "🏠 $ 歡迎 $",
        emojis={3: messages.Emoji("5ac1bfd5040ab15980c9b435", "001"), 8: messages.Emoji("1", "2")},
    ),
    "textV2": messages.text_v2(
        "{who} 您好 {smile} {{真的}}，{everyone}",
        substitution={
            "who": messages.mention("U4af4980629c1f5e8e3b1d2a7c6f09e55"),
            "everyone": messages.mention_everyone(),
            "smile": messages.Emoji("5ac1bfd5040ab15980c9b435", "002"),
        },
        quote_token="yHAz4Ua2wx7",
    ),
    "textV2 plain": messages.text_v2(messages.escape_braces("{ 名字 }")),
    "sticker": messages.sticker("446", "1988", quote_token="yHAz4Ua2wx7"),
    "image": messages.image(PICTURE_URL),
    "image with preview": messages.image(PICTURE_URL, preview_url="http://127.0.0.1:8000/p.jpg"),
    "video": messages.video(
        "https://shop.example/tour.mp4", preview_url=PICTURE_URL, tracking_id="tour-1.{a}[b]"
    ),
    "audio": messages.audio("https://shop.example/hello.m4a", duration_ms=60_000),
    "location": messages.location(
        "中山國小站", "台北市中山區民權東路一段71號", latitude=25.062653, longitude=121.526554
    ),
    "coupon": messages.coupon("01JYNW8JMQVFBNWF1APF8Z3FS7", delivery_tag="new_friends"),
    "imagemap": imagemap.imagemap(
        "https://shop.example/maps/spring",
        height=1040,
        areas=[
            imagemap.opens(AREA, "https://shop.example/", label="官網"),
            imagemap.says(AREA, "找房"),
            imagemap.copies(AREA, "HOME2027", label="複製"),
        ],
        alt_text="春季找房活動",
        video=imagemap.Video(
            "https://shop.example/tour.mp4", PICTURE_URL, AREA, "https://shop.example/", "看更多"
        ),
    ),
    "imagemap with silent video": imagemap.imagemap(
        "https://shop.example/maps/spring",
        height=500,
        areas=[],
        alt_text="春季",
        video=imagemap.Video("https://shop.example/tour.mp4", PICTURE_URL, AREA),
    ),
    "buttons": templates.buttons(
        "想住在哪個縣市呢？",
        ACTIONS,
        title="找房",
        picture=templates.Picture(PICTURE_URL, background="#FFFFFF"),
        frame=templates.Frame("square", "contain"),
        default_action=ACTIONS[2],
        alt_text="想住在哪個縣市呢？",
    ),
    "buttons with picker": templates.buttons("預計什麼時候入住？", [PICKER]),
    "confirm": templates.confirm("會有寵物一起入住嗎？", ACTIONS[0], ACTIONS[1]),
    "carousel": templates.carousel(
        [a_column("22,000 元"), a_column("25,000 元")], alt_text="精選物件", frame=templates.Frame()
    ),
    "image carousel": templates.image_carousel(
        [
            templates.ImageColumn(PICTURE_URL, actions.message(None, "找房")),
            templates.ImageColumn(PICTURE_URL, actions.uri("看更多", "tel:02-5555-0100")),
        ],
        alt_text="精選照片",
    ),
    "flex bubble": messages.flex("精選物件", a_bubble()),
    "flex video": messages.flex("影片賞屋", a_video_bubble()),
    "flex carousel": messages.flex("精選物件", flex.carousel([a_bubble(), a_bubble()])),
    "flex from json": messages.flex(
        "條件", {"type": "bubble", "body": {"type": "box", "layout": "vertical", "contents": []}}
    ),
    "quick replies": messages.with_quick_replies(
        messages.text("方便的話請拍張照片"),
        [
            actions.camera("拍照"),
            actions.camera_roll("從相簿選"),
            actions.location("傳送位置"),
            messages.QuickReply(actions.postback("略過", "q1:skip"), icon_url=PICTURE_URL),
            PICKER,
            actions.datetime_picker("時間", "t", mode="time", earliest=time(10, 0), latest=time(20, 0)),
            actions.datetime_picker("看房", "v", mode="datetime", initial=datetime(2027, 3, 1, 15, 30)),  # noqa: DTZ001
            actions.uri("官網", "https://shop.example/"),
            actions.clipboard("複製", "HOME2027"),
        ],
    ),
    "sender": messages.with_sender(messages.text("我是雅婷"), "林雅婷", PICTURE_URL),
}

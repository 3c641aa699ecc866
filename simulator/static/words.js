// What the phone itself says, in the language of its owner.

const EN = {
  add: "Add friend", unblock: "Unblock", block: "Block", message: "Message", send: "Send", cancel: "Cancel",
  ok: "OK", sample: "Sample photo", photo: "Photo", location: "Location", scan: "Scan a QR code",
  scanIt: "Scan", attach: "Photo, location, sticker", friend: "Friend", stranger: "Not a friend yet",
  blocked: "Blocked", gone: "Account deleted", read: "Read", unsend: "Unsend",
  unsentOwn: "You unsent a message", placeName: "Name", address: "Address", latitude: "Latitude",
  longitude: "Longitude", date: "Choose a date", time: "Choose a time", datetime: "Choose date and time",
  invite: "Add this account to be welcomed and to see its menu.", blockedHint: "You have blocked this account. It cannot write to you.",
  scanHint: "Paste the link or the text of a code. The text is put into the message field; you press send.",
  copied: "Copied", opens: "The phone would open", tooBig: "That picture is larger than 8 MB", today: "Today",
};

const ALL = {
  en: EN,
  "zh-TW": {
    ...EN, add: "加入好友", unblock: "解除封鎖", block: "封鎖", message: "輸入訊息", send: "傳送", cancel: "取消", ok: "確定",
    sample: "範例照片", photo: "照片", location: "位置資訊", scan: "掃描行動條碼", scanIt: "掃描", attach: "照片、位置資訊、貼圖",
    friend: "好友", stranger: "尚未加入好友", blocked: "已封鎖", gone: "帳號已刪除", read: "已讀", unsend: "收回",
    unsentOwn: "您已收回訊息", placeName: "名稱", address: "地址", latitude: "緯度", longitude: "經度",
    date: "選擇日期", time: "選擇時間", datetime: "選擇日期與時間", invite: "加入好友後，就能收到歡迎訊息並使用圖文選單。",
    blockedHint: "您已封鎖此帳號，對方無法傳訊息給您。",
    scanHint: "貼上條碼的連結或文字。文字會放進輸入框，由您按下傳送。", copied: "已複製", opens: "手機會開啟", tooBig: "照片超過 8 MB", today: "今天",
  },
  ja: {
    ...EN, add: "友だち追加", unblock: "ブロック解除", block: "ブロック", message: "メッセージを入力", send: "送信", cancel: "キャンセル",
    ok: "OK", sample: "サンプル写真", photo: "写真", location: "位置情報", scan: "QRコードを読み取る", scanIt: "読み取る",
    attach: "写真・位置情報・スタンプ", friend: "友だち", stranger: "友だちではありません", blocked: "ブロック中", gone: "アカウント削除済み",
    read: "既読", unsend: "送信取消", unsentOwn: "メッセージの送信を取り消しました", placeName: "名称", address: "住所", latitude: "緯度",
    longitude: "経度", date: "日付を選択", time: "時刻を選択", datetime: "日時を選択",
    invite: "友だち追加すると、あいさつメッセージが届き、リッチメニューが使えます。", blockedHint: "このアカウントをブロックしています。メッセージは届きません。",
    scanHint: "QRコードのリンクまたは文字を貼り付けてください。入力欄に入るので、送信を押してください。", copied: "コピーしました", opens: "端末で開きます", tooBig: "写真が8 MBを超えています", today: "今日",
  },
  ko: {
    ...EN, add: "친구 추가", unblock: "차단 해제", block: "차단", message: "메시지 입력", send: "보내기", cancel: "취소", ok: "확인",
    sample: "샘플 사진", photo: "사진", location: "위치 정보", scan: "QR 코드 스캔", scanIt: "스캔", attach: "사진, 위치, 스티커",
    friend: "친구", stranger: "아직 친구가 아님", blocked: "차단됨", gone: "계정 삭제됨", read: "읽음", unsend: "보내기 취소",
    unsentOwn: "메시지 보내기를 취소했습니다", placeName: "이름", address: "주소", latitude: "위도", longitude: "경도",
    date: "날짜 선택", time: "시간 선택", datetime: "날짜와 시간 선택", invite: "친구로 추가하면 환영 메시지를 받고 리치 메뉴를 쓸 수 있습니다.",
    blockedHint: "이 계정을 차단했습니다. 메시지를 받을 수 없습니다.",
    scanHint: "QR 코드의 링크나 글자를 붙여 넣으세요. 입력창에 들어가면 보내기를 누르세요.", copied: "복사됨", opens: "휴대폰에서 열립니다", tooBig: "사진이 8 MB를 넘습니다", today: "오늘",
  },
};

let words = EN;

export function speak(language) {
  words = ALL[language] ?? EN;
  for (const element of document.querySelectorAll("[data-word]")) element.textContent = words[element.dataset.word];
}

export const say = (key) => words[key];

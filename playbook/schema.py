"""The shape in which people write a playbook: which file yields which part of the content."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Annotated

from pydantic import Field

from content.model import (
    AutoReply,
    BusinessHours,
    CampaignRules,
    Cap,
    Card,
    Content,
    Cost,
    Duration,
    Fallback,
    Greeting,
    PlannedCampaign,
    RichMenu,
    Score,
    Segment,
    TagGroup,
)
from content.routing import AskSatisfaction, QueueSpec, Routing, RoutingRule
from content.steps import Button, Names
from content.text import Frozen, Text
from playbook.transcript_model import Transcript
from questionnaires.definition import Choice, Questionnaire


class PlaybookFile(Frozen):
    """playbook.yaml: the account itself."""

    name: str
    default_language: str
    languages: Names = ()
    """The default language alone when left out."""
    time_zone: str
    privacy_url: str
    region: str = "TW"
    hours: BusinessHours
    phrases: dict[str, Text] = Field(default_factory=dict)
    keywords: dict[str, Names] = Field(default_factory=dict)
    resume_bot_after: Duration = timedelta(hours=12)
    based_on: Annotated[int, Field(ge=1)] | None = None
    """The published revision this text was exported from."""

    def all_languages(self) -> tuple[str, ...]:
        return self.languages or (self.default_language,)


class TagsFile(Frozen):
    """tags.yaml."""

    groups: tuple[TagGroup, ...] = ()


class WelcomeFile(Frozen):
    """welcome.yaml: what new and returning friends are told; the first greeting that fits wins."""

    greetings: tuple[Greeting, ...] = ()


class CardsFile(Frozen):
    """cards.yaml: things to show, and the buttons that stand below every one of them."""

    buttons: tuple[Button, ...] = ()
    cards: tuple[Card, ...] = ()


class AutoRepliesFile(Frozen):
    """auto_replies.yaml: rules from top to bottom, and what a text gets that none of them knows."""

    rules: tuple[AutoReply, ...] = ()
    fallback: Fallback


class SegmentsFile(Frozen):
    """segments.yaml: rules about people, and what they may ask of that the playbook does not bring about itself."""

    fields: Names = ()
    """Fields that an import or the REST interface writes."""
    events: Names = ()
    """Events that come from outside."""
    scores: tuple[Score, ...] = ()
    """Points for what is known of somebody, which rules may ask for."""
    segments: tuple[Segment, ...] = ()


class CampaignsFile(Frozen):
    """campaigns.yaml: what is sent without being asked, to whom and when, and what holds for all of it."""

    quiet_hours: str | None = None
    cap: Cap | None = None
    cost: Cost | None = None
    campaigns: tuple[PlannedCampaign, ...] = ()

    def for_all(self) -> CampaignRules:
        return CampaignRules(quiet_hours=self.quiet_hours, cap=self.cap, cost=self.cost)


class RoutingFile(Frozen):
    """routing.yaml: where tickets wait, and which rule sends them there; the first that holds wins."""

    queues: tuple[QueueSpec, ...] = ()
    rules: tuple[RoutingRule, ...] = ()
    default: str | None = None
    """The queue of the tickets that no rule takes."""
    satisfaction: AskSatisfaction = AskSatisfaction()

    def to_routing(self) -> Routing:
        """Return what is published; without queues of its own a playbook has one for everything."""
        if not self.queues or self.default is None:
            return Routing(satisfaction=self.satisfaction)
        return Routing(
            queues=self.queues, rules=self.rules, default=self.default, satisfaction=self.satisfaction
        )


@dataclass(frozen=True)
class Playbook:
    """A whole playbook that is in order."""

    content: Content
    questionnaires: tuple[Questionnaire, ...]
    transcripts: tuple[Transcript, ...] = ()
    assets: Mapping[str, bytes] = field(default_factory=dict)
    """Pictures that the content uses, by path: `pictures/home1.jpg`, `rich_menus/main.png`."""
    based_on: int | None = None


@dataclass(frozen=True)
class Written:
    """What was read from the files, before it is one playbook."""

    account: PlaybookFile
    tags: TagsFile
    welcome: WelcomeFile
    cards: CardsFile
    auto_replies: AutoRepliesFile
    segments: SegmentsFile
    campaigns: CampaignsFile
    routing: RoutingFile
    rich_menus: tuple[RichMenu, ...]
    questionnaires: tuple[Questionnaire, ...]


def to_content(written: Written) -> Content:
    """Join the files into the content that one revision publishes."""
    account = written.account
    return Content(
        name=account.name,
        default_language=account.default_language,
        languages=account.all_languages(),
        time_zone=account.time_zone,
        privacy_url=account.privacy_url,
        hours=account.hours,
        region=account.region,
        phrases=account.phrases,
        keywords=account.keywords,
        resume_bot_after=account.resume_bot_after,
        tag_groups=written.tags.groups,
        greetings=written.welcome.greetings,
        cards=written.cards.cards,
        card_buttons=written.cards.buttons,
        rich_menus=written.rich_menus,
        auto_replies=written.auto_replies.rules,
        fallback=written.auto_replies.fallback,
        segments=written.segments.segments,
        scores=written.segments.scores,
        campaigns=written.campaigns.campaigns,
        campaign_rules=written.campaigns.for_all(),
        routing=written.routing.to_routing(),
    )


def with_card_choices(questionnaire: Questionnaire, cards: tuple[Card, ...]) -> Questionnaire:
    """Offer every card as a choice where a question says `cards: true`, before the written choices."""
    offered = tuple(Choice(id=card.id, label=card.title) for card in cards)
    questions = tuple(
        question.model_copy(update={"choices": offered + question.choices, "cards": False})
        if question.cards
        else question
        for question in questionnaire.questions
    )
    return questionnaire.model_copy(update={"questions": questions})

"""The domains where anybody can have a mailbox: nothing about one of their users says anything about another."""

_GERMAN = """
gmx.de gmx.net gmx.at gmx.ch gmx.com gmx.eu gmx.org gmx.info gmx.biz gmx.name gmx.li gmx.tm web.de email.de mail.de
t-online.de t-online.com magenta.de freenet.de freenetmail.de arcor.de arcor.net posteo.de posteo.net posteo.org
posteo.eu posteo.at posteo.ch posteo.me mailbox.org 1und1.de online.de onlinehome.de kabelmail.de vodafone.de
vodafonemail.de unitymedia.de unitybox.de kabelbw.de netcologne.de netcologne.com nc-online.de ewetel.net ewe.net
ewe-mail.de osnanet.de htp-tel.de mnet-mail.de mnet-online.de m-net.de versanet.de versatel.de telefonica.de o2mail.de
o2online.de alice.de alice-dsl.de alice-dsl.net hansenet.de genion.de eplus.de lycos.de compuserve.de aol.de
yahoo.de ymail.de hotmail.de live.de outlook.de msn.de googlemail.de directbox.com directbox.de smart-mail.de
smartmail.de firemail.de firemail.eu emailn.de mail15.com mail333.de fastmail.de tutanota.de systemli.org
riseup.net disroot.org epost.de de-mail.de nexgo.de epost.net tiscali.de planet-interkom.de germanynet.de
gawab.de bluewin.ch hispeed.ch sunrise.ch swissonline.ch bluemail.ch swissmail.org sbg.at chello.at aon.at a1.net
liwest.at kabsi.at inode.at utanet.at drei.at tele2.at eclipso.de eclipso.eu eclipso.ch dokom.net dokom21.de
wtnet.de wobline.de willytel.de swbmail.de nord-com.net nordcom.net ish.de pyur.net primacom.net tele-columbus.net
rz-online.de vr-web.de surfeu.de addcom.de callando.de cityweb.de uboot.com kielnet.net teleos-web.de bitel.net
helimail.de citykom.de muenster.de muenchen-mail.de home.de e-mail.de freemail.de uni.de bigfoot.de omail.de
trashmail.de wegwerfmail.de wegwerf-email.de 10minutemail.de einmalmail.de spambog.de tiscali.at vol.at mail.ch
vtxmail.ch vtxnet.ch netplus.ch quickline.ch freesurf.ch postmail.ch
"""

_WORLD = """
gmail.com googlemail.com outlook.com outlook.at outlook.fr outlook.it outlook.es outlook.pt outlook.dk outlook.com.br
hotmail.com hotmail.fr hotmail.it hotmail.es hotmail.co.uk hotmail.at hotmail.ch hotmail.nl hotmail.be hotmail.se
hotmail.dk hotmail.no hotmail.com.br hotmail.com.ar live.com live.at live.ch live.nl live.fr live.it live.be live.co.uk
live.se live.dk live.no live.com.au live.ca msn.com passport.com windowslive.com yahoo.com yahoo.at yahoo.ch yahoo.fr
yahoo.it yahoo.es yahoo.co.uk yahoo.co.in yahoo.in yahoo.co.jp yahoo.com.br yahoo.com.ar yahoo.com.mx yahoo.com.au
yahoo.ca yahoo.pl yahoo.gr yahoo.ro yahoo.se yahoo.dk yahoo.no yahoo.nl yahoo.be yahoo.ie yahoo.com.tr yahoo.com.vn
yahoo.com.ph yahoo.com.sg yahoo.co.id yahoo.com.hk yahoo.com.tw yahoo.co.nz yahoo.co.za ymail.com rocketmail.com
myyahoo.com aol.com aol.co.uk aol.fr aol.it aol.at aim.com love.com icloud.com me.com mac.com proton.me protonmail.com
protonmail.ch pm.me tutanota.com tutamail.com tuta.io tuta.com keemail.me hey.com fastmail.com fastmail.fm zoho.com
zohomail.com zohomail.eu mail.com email.com usa.com europe.com consultant.com engineer.com dr.com post.com myself.com
mail.ru inbox.ru list.ru bk.ru internet.ru yandex.ru yandex.com ya.ru yandex.by yandex.kz yandex.ua rambler.ru
lenta.ru ro.ru autorambler.ru ukr.net i.ua meta.ua bigmir.net tut.by abv.bg mail.bg dir.bg seznam.cz email.cz post.cz
centrum.cz atlas.cz volny.cz centrum.sk azet.sk zoznam.sk post.sk wp.pl o2.pl onet.pl onet.eu op.pl poczta.onet.pl
interia.pl interia.eu poczta.fm gazeta.pl tlen.pl vp.pl freemail.hu citromail.hu t-online.hu indamail.hu mail.ee
inbox.lv one.lt delfi.lv orange.fr wanadoo.fr free.fr laposte.net sfr.fr neuf.fr bbox.fr numericable.fr club-internet.fr
aliceadsl.fr libero.it virgilio.it tin.it alice.it tim.it tiscali.it inwind.it iol.it fastwebnet.it email.it
telefonica.net terra.es ono.com sapo.pt clix.pt mail.pt btinternet.com btopenworld.com sky.com talktalk.net
virginmedia.com ntlworld.com blueyonder.co.uk tiscali.co.uk plus.net o2.co.uk ziggo.nl kpnmail.nl planet.nl home.nl
xs4all.nl hetnet.nl upcmail.nl casema.nl chello.nl quicknet.nl telenet.be skynet.be proximus.be scarlet.be pandora.be
telia.com comhem.se bredband.net spray.se tele2.se online.no broadpark.no frisurf.no mail.dk post.tele.dk get2net.dk
jubii.dk stofanet.dk luukku.com suomi24.fi kolumbus.fi pt.lu internet.lu otenet.gr hol.gr in.gr mynet.com walla.co.il
walla.com netvision.net.il bezeqint.net qq.com foxmail.com 163.com 126.com yeah.net sina.com sina.cn sohu.com aliyun.com
139.com 189.cn tom.com naver.com daum.net hanmail.net nate.com docomo.ne.jp ezweb.ne.jp softbank.ne.jp i.softbank.jp
nifty.com biglobe.ne.jp rediffmail.com indiatimes.com sify.com uol.com.br bol.com.br terra.com.br ig.com.br
globo.com globomail.com oi.com.br prodigy.net.mx bigpond.com bigpond.net.au optusnet.com.au iinet.net.au tpg.com.au
xtra.co.nz comcast.net verizon.net att.net sbcglobal.net bellsouth.net cox.net charter.net earthlink.net juno.com
netzero.net optonline.net roadrunner.com rr.com frontier.com windstream.net centurylink.net pacbell.net ameritech.net
swbell.net prodigy.net excite.com lycos.com hushmail.com inbox.com mailinator.com guerrillamail.com yopmail.com
trashmail.com trash-mail.com wegwerfemail.de spoofmail.de byom.de 10minutemail.com temp-mail.org discard.email
sympatico.ca rogers.com shaw.ca telus.net videotron.ca bell.net hughes.net gawab.com compuserve.com bigfoot.com
mailbox.hu startmail.com runbox.com posteo.uk mailfence.com ctemplar.com cock.li lavabit.com duck.com relay.firefox.com
mozmail.com privaterelay.appleid.com simplelogin.com simplelogin.co anonaddy.com anonaddy.me addy.io
"""

FREE_MAIL: frozenset[str] = frozenset((_GERMAN + _WORLD).split())

//! Storage keys: no two items share one, and none ever moves.
//!
//! The pinned keys come from Python's `hashlib.blake2b`: tag byte and id, personalised.

use super::*;
use std::collections::BTreeSet;

#[expect(clippy::too_many_lines, reason = "one table")]
#[test]
fn items_lie_where_another_implementation_finds_them() {
    #[rustfmt::skip]
    let cases = [
        (Item::Account(AccountId([1; 32])), "5ce592fd76a4a414d791573bd795ca3d00b0547ccec1e117a781240ccb7e63c4"),
        (Item::Issuance, "7e7da49f70d2da3393b8ccc9394376ee3c2891a38124187555502d7460562e1c"),
        (Item::Specification, "7e52d6515f7dc95b184905ce75bf3fe5d333ed97cfcfa2cb4e768bf63d19c4ef"),
        (Item::Parameters, "1ed1f079c764828375b17b511e31bd2475e3c9488b8000139961b0c79bf2ee18"),
        (Item::Session, "a66ecd73736374c3d8eca1d04825b40cc081f70268dbf8caeac0bef0667de954"),
        (Item::Version, "24fd09c8a8e5855c1aa55f632e5e516cda3018a4b1a65313a188ab48051d755f"),
        (Item::FeeMultiplier, "84743b7605f87beb95e3fe2ec2e68960193e7dffdf66e8f036e5528979c38c7f"),
        (Item::BlockHash(258), "7b2021f56433827c86a9a842209064bb9efb3b30172f76e84b2a96d533ed093e"),
        (Item::Mountain, "3f35829133424d5dfbd08f2ca44fd1f582f1f5e980ae1d313503f044bd3eb6c1"),
        (Item::Upgrade, "4f7ce8e0a3b3e744dfc8ededc5b24e693822d39e3ac6318ac922406fb4dc2db8"),
        (Item::Knows(AccountId([2; 32])), "f0272daafd3911947a4947946bd3adb6ef6817f057d3dfb91a685527d3601578"),
        (Item::Governance, "fc4a8003510a4b19e6756b79b917e25746ed8ba30f360f087062fb7026ea8503"),
        (Item::Voting(AccountId([1; 32]), 258), "94ae33d796371d5206f57d2823a5b32ae56419efafea6d5ead1f790455f0a04f"),
        (Item::VotingLocks(AccountId([1; 32])), "d13f406f24ed627309a54bef11aa57a5bffafe7ab78644b9af5af9f51cb04a94"),
        (Item::Ballot(258), "0e5dea204b2af39b431c09e80caa0219d6bdecf02fca16ba5f9604a464a7dbd8"),
        (Item::TallyPage(258, 3), "a21716bbd0df4e280eb152f4a0cfd40f9e9c368cb0ba3933319cd9abe4cee828"),
        (Item::TallyPages(258), "9a14416bcfeeec87eb6fd53a5252bfd8a1acaaacadc5f814f17fed8ff9343c7c"),
        (Item::ReferendumCount, "e046daba360029016bbd989ca811569da6d3102fdaeef9bcf49240c024806888"),
        (Item::Referendum(7), "07ce90662abe0621c958d30fe02ef36eea63ddb55e03275f8bc6bae558449411"),
        (Item::ReferendumQueue(30), "4f5c2d1125775253d97e1191c5971c112272325c444da1222225943bf879db5e"),
        (Item::DecidingCount(30), "29d709df8f84bee7fbfc26ab899370943251d96f9b4b06c7beb8cd22ab8f0b06"),
        (Item::ReferendumMetadata(7), "5886d67e7ca43a0fe095de5facddba388c4504e2f223608b01824f4f9d06301f"),
        (Item::PreimageStatus(Hash([2; 32])), "46b26532998eadb6e7ac6baf677db854a022d4381ebff7246cba55d7ba07223a"),
        (Item::Preimage(Hash([2; 32])), "86dcd8a8ebbbf226be9cdda30f494c50d0068168f63ead1234b2f85a5bf0bdc8"),
        (Item::Agenda(Slot(300)), "962514580b8c02eea11673848f0f403413bac1a8d3314892b68a7a0249116c9d"),
        (Item::TaskAddress([3; 32]), "d4d0f7e6030881530b1913124300efe053e7a6a4fdb370a0048d61d9bce7f498"),
        (Item::Calendar { level: 1, prefix: 258 }, "65e8ea7e4020bf31bed45709848e081d62973badde28c773ffb831a783a93265"),
        (Item::SpendCount, "bf5c82a1308f68ccd4508d57423d05d37fc30ec35bfdb15e4cdbaab4d254615c"),
        (Item::Spend(7), "59dedb585ab3d902a10374ffa3235cf532571a7a800b5e11c3dea2698bd2fe1b"),
        (Item::TreasuryPeriod, "8f952d15e1475dd1bfc62825c3bd62b241aaf33be850fc05b5d5923db9770852"),
        (Item::BountyCount, "ff44c6fbcc197e7fc24ee9cf81ab9633da971d61bbef26783cd61b607535ff67"),
        (Item::Bounty(7), "9e0f970c2abf5c1568bda2a10dc20d099ef8df4cab364c0cbfe39cafb8f9e1f5"),
        (Item::BountyDescription(7), "53f683534fc78a5576f923a2fd97c0945c08ddc498e621e971ea709ef861dc2c"),
        (Item::ParticipationPeriod, "e869ea70537015f0a7cdd955801e80ff60f0330d1b4f28f2a4ea5056d87896a7"),
        (Item::Participation(AccountId([1; 32])), "a69dd5b7eb21318a7bdaac468278c8957da29a235d97be859f9d8157253f309f"),
        (Item::Member(AccountId([1; 32])), "e104dfa7037efc7ddb0a6537fc268908a14b463dc7eaaf68aa53d545864b4a2f"),
        (Item::CollectiveRoll, "27efeb09ee39f0398b5cdfe75eee88f4c111b8082fad9a0767d59c3c29a6bd0e"),
        (Item::WhitelistPoll(Hash([2; 32])), "a2b9c0978ca9feebc30edb8cf8c0528706c72c68176fee784ad0a286f713a974"),
        (Item::WhitelistPollCount, "8eb94a39cf412fa52604563f945cd919799484eddeb95892667cd2c72e21cc3c"),
        (Item::Whitelisted(Hash([2; 32])), "333798bfd5f11d2add01963f9983d27a5b883d686faa1bfef81caf764f29727f"),
        (Item::Validators, "a5446618c9ad68052299c6671a7eff01175ffc6e34c91d5fa95c5ca2006cc90d"),
        (Item::NextValidators, "9f2b457c4a6adc54f26c1c943a97667bf703906d4beba25c2b0a73ecfcb3fcaf"),
        (Item::SessionRecord(258), "ef5930e32e45c562fe118c17fb32e485edddb3cdf8bcc5a28cde4580d4851e3c"),
        (Item::OldestSession, "d1ca1f326cbb89cfb17f9beb68c328da97fadf5cb279ef7eac68501f26694780"),
        (Item::EraInfo(Era(258)), "dcbc4106e18140c67390f01ecfd66b0584da8ab46154c531c442c075a1886371"),
        (Item::EraValidators(Era(258)), "8fd51d533297da7f766c6ca38a5ccdc2fcd679b782b02a77ae6c9867acd25c5b"),
        (Item::Exposure(Era(258), AccountId([1; 32])), "28c3b81e355841ab2b284a249048ca9e0e8395955780ec980723a14e301b94fd"),
        (Item::ExposurePage(Era(258), AccountId([1; 32]), 3), "d5d232bf6fd3c3dfaeaa47bc25275944812a0c9c4dd8184c52fe45c3fbe4f450"),
        (Item::EraPruning, "2a2a6e3bfce39df075e40669fde34751f547a915a62cbc74e71084f3007ca8f3"),
        (Item::Staking, "e357130c9aefb4bcc22c98d1ecd4b315dd44fcd58e3e9086e0712f9fddf75028"),
        (Item::Bond(AccountId([1; 32])), "09575c4d9976ef2e595182d52da36a7f61a41d2d753a5188ccaf49f6051a45b6"),
        (Item::Payee(AccountId([1; 32])), "3ca32da85925d202a8c539b151ead1c99013582dcda46e644c5456863bd372a7"),
        (Item::Candidate(AccountId([1; 32])), "a22f918342aa90c768c5bfd9bbdca12368a6e87a5bd796ebfa3d233002eb21ce"),
        (Item::Nominator(AccountId([1; 32])), "0e9ba1e6dde20421da22e4605103aa658c0875204fd2f77e754859421a5d300e"),
        (Item::Roster(1, 258), "c3a6b44271c612dbde5c643127e2fcfbf32cd4c46d95b0002aba3f9f20deb7e2"),
        (Item::RosterLength(1), "4ce6ceb45d5bd20e4bd9db615a065663e1458c774d0478cc1d64438310b6bade"),
        (Item::SessionKeys(AccountId([1; 32])), "8d0dd986a2940093c41f2acf410d96f1c5c552557e02461d794a2cf0e00cd7b1"),
        (Item::KeyOwner([3; 32]), "56309d28c699e7b62d25fb25464b2d9fad94cbbb5a7d346ae53a834fddcea5bc"),
        (Item::ActiveEra, "1365125f25f6067179614505d876d0e8cbf37c208ed91d994e9347adaf358f47"),
        (Item::Pools(PoolItem::Count), "e1b777464791538d666b2e6bc123728b6029d6a926255f890c655f03b280d045"),
        (Item::Pools(PoolItem::Pool(258)), "5c67ae054849bd2785aa9f3e4bc8b2788f7ef92fff762af1d11378555feedc30"),
        (Item::Pools(PoolItem::Member(AccountId([1; 32]))), "a7d76222d0c29daf7ca7da067fa28a34385dc54fb8c14025783e2c7bdbe1c5da"),
        (Item::Pools(PoolItem::Unbonding(258)), "72a6037d5a9e11f182b20338cbd7ac46ab5d141354a16509969f7a8664c007e2"),
    ];
    let keys: BTreeSet<StateKey> = cases.iter().map(|(item, _)| item.key()).collect();
    assert_eq!(keys.len(), cases.len(), "two items share a key");
    for (item, key) in cases {
        assert_eq!(hex::encode(item.key().0), key, "{item:?}");
    }
}

contract Orders {
    uint256 x;

    function f() public {
        aftera [1] [x] subsol [2] f();
        afterw [1] subsol [2] f();
        afterr [1] [x + 1] subsol [2] f();
        subsol [2] aftera [1] f();
        sleep [1];
        revertt [1] now;
    }
}
